import type { GateDecision, MemoryStanding } from "@omni/core";

/** What the gate looks at. */
export interface GateCase {
  readonly id: string;
  readonly standing: MemoryStanding;
  readonly q: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  /** Milliseconds since it was last used. */
  readonly idle: number;
  readonly trusted: boolean;
}

/** From where the gate decides what. */
export interface GateRule {
  readonly gateUses: number;
  readonly promoteAt: number;
  readonly retireAt: number;
}

/** How far a retired memory's utility has to come back before it is given another chance. */
export const secondChance = 0.15;

/**
 * Decides about an experience. What helped again and again is promoted, unless
 * it came from strangers; what hindered is retired, and tried again when time
 * has taken its bad name; a promoted one stays so until it would be retired.
 */
export function decide(one: GateCase, rule: GateRule, at: number): GateDecision {
  const { id, q, uses, successes, failures, idle, trusted } = one;
  const [decision, reason] = toDecision(one, rule);
  return { id, decision, reason, q, uses, successes, failures, idle, trusted, at };
}

function toDecision({ standing, q, uses, successes, failures, trusted }: GateCase, { gateUses, promoteAt, retireAt }: GateRule): readonly [GateDecision["decision"], string] {
  if (standing === "retired") {
    return q >= retireAt + secondChance ? ["retain", "time has taken its bad name; it is tried again"] : ["retire", "it hindered, and not long ago"];
  }
  if (uses >= gateUses && q <= retireAt && failures > successes) return ["retire", `it hindered ${failures} of ${uses} times`];
  if (standing === "promoted") return ["promote", "it was promoted before and still helps"];
  if (uses < gateUses || q < promoteAt || successes <= failures) return ["retain", "what is known does not settle it"];
  return trusted ? ["promote", `it helped ${successes} of ${uses} times`] : ["retain", "it helps, but what came from strangers is never promoted by itself"];
}
