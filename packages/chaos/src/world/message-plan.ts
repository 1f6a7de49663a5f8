import type { CallKind } from "../ledger/ledgers.ts";

/** What a message makes the fake model do. The plan stands in the text, so that the fake needs no memory and a question asked again is answered the same. */
export interface MessagePlan {
  readonly nonce: string;
  /** Calls by reply: those of one reply together. */
  readonly rounds: readonly (readonly CallKind[])[];
  /** Parts of the final answer, each a line that fills one message of the platform. */
  readonly parts: number;
}

const kinds: ReadonlySet<string> = new Set<CallKind>(["read", "keyed", "once", "crash", "throw"]);

/** `m-000007 rounds[once,read+read] parts[1]`. */
export function toPlanText({ nonce, rounds, parts }: MessagePlan): string {
  return `${nonce} rounds[${rounds.map((round) => round.join("+")).join(",")}] parts[${parts}]`;
}

/** The last plan that a text holds; undefined for none. */
export function readPlan(text: string): MessagePlan | undefined {
  const found = [...text.matchAll(/(m-\d{6}) rounds\[([a-z+,]*)\] parts\[(\d+)\]/g)].at(-1);
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  const rounds = found[2].split(",").filter((round) => round !== "").map((round) => round.split("+").filter(isKind));
  return { nonce: found[1], rounds, parts: Number(found[3]) };
}

/** The nonce in a text; undefined for none. */
export function readNonce(text: string): string | undefined {
  return /m-\d{6}/.exec(text)?.[0];
}

/** True for a kind of call. */
export function isKind(word: string): word is CallKind {
  return kinds.has(word);
}
