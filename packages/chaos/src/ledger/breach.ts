/** The promises of `docs/reliability.md`, and `expected` for what one scenario alone asks. */
export type Promised = "C1" | "C2" | "C3" | "C4" | "C5" | "C6" | "expected";

/** How a promise was broken. */
export type BreachKind =
  | "lost"
  | "no-ending"
  | "failed"
  | "ended-twice"
  | "wrong-answer"
  | "duplicated"
  | "unlabelled"
  | "run-twice"
  | "effect-missing"
  | "silent-unknown"
  | "wrong-unknown"
  | "untold-effect"
  | "out-of-order"
  | "damaged"
  | "slow-recovery"
  | "not-as-expected";

/** One broken promise, with what is needed to find it again. */
export interface Breach {
  readonly promise: Promised;
  readonly kind: BreachKind;
  readonly detail: string;
}
