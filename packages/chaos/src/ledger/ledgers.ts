/** What a call of the harness's tool does: nothing, a line once under its key, a line each time; or it kills the process, or throws where nobody catches. */
export type CallKind = "read" | "keyed" | "once" | "crash" | "throw";

/** A message as its sender saw it. */
export interface SentMessage {
  /** Stands in the text, and in everything that comes of it. */
  readonly nonce: string;
  readonly entrance: "http" | "ws" | "rooms";
  readonly sessionId: string;
  /** True once the sender was told that it is taken: HTTP 202, an `accepted` frame, the platform's offset. */
  acknowledged: boolean;
  /** True where the ending may be another than `completed`. */
  readonly mayFail: boolean;
}

/** A text that the fake platform showed. */
export interface ShownText {
  readonly nonce: string | undefined;
  readonly conversation: string;
  readonly text: string;
  /** Idempotency key of the post. */
  readonly key: string;
  /** Milliseconds of the harness's monotonic clock. */
  readonly at: number;
}

/** What a tool did outside: one line of its file, on disk before the call went on. */
export interface EffectLine {
  readonly nonce: string;
  /** Place of the call in the message's plan: `2.0`. */
  readonly step: string;
  readonly effect: CallKind;
}

/** A request that the model server got. */
export interface AskedModel {
  readonly nonce: string;
  /** Replies of this turn that the request shows. */
  readonly round: number;
  /** Calls whose fate it tells to be unknown. */
  readonly unknown: number;
  /** The final answer that the model gives to it; empty where it has calls left to make. */
  readonly said: string;
  readonly at: number;
}

/** One call as the gateway tells it. */
export interface ToldCall {
  readonly step: string;
  readonly effect: CallKind;
  readonly status: string;
}

/** A turn as the gateway tells it once all is quiet. */
export interface ToldTurn {
  readonly nonce: string;
  readonly turnId: string;
  readonly sessionId: string;
  readonly status: string;
  readonly output: string;
  readonly calls: readonly ToldCall[];
}

/** One life of the gateway that began after another was killed. */
export interface Restart {
  /** From the start of the process to its first line, milliseconds. */
  readonly readyMs: number;
  /** What a Node that does nothing took right after a start that seemed too slow, milliseconds; 0 where nobody looked. */
  readonly idleNodeMs: number;
}

/** One life of the gateway that was ended before it could write what it knew, in milliseconds of the harness's monotonic clock. */
export interface Kill {
  /** True where it was told to stop while it had no room to write: what became of a send may be lost with it, and no call was cut off. */
  readonly isOrderly: boolean;
  /** When it ended. What it had sent by then may be seen later: the harness reads it when it comes to it. */
  readonly at: number;
  /** When the next one was ready, so that all that the killed one sent has been seen; Infinity where there was none. */
  readonly over: number;
}

/** All that was seen from outside of one home. */
export interface Ledgers {
  readonly sent: readonly SentMessage[];
  readonly shown: readonly ShownText[];
  readonly effects: readonly EffectLine[];
  readonly asked: readonly AskedModel[];
  readonly turns: readonly ToldTurn[];
  /** Turns of which the store says that nobody knows whether a part of the answer was shown. */
  readonly unsure: ReadonlySet<string>;
  readonly restarts: readonly Restart[];
  readonly kills: readonly Kill[];
  /** What an integrity check found; empty where all is well. */
  readonly damage: readonly string[];
  /** True where the platform drops a second post under a key. */
  readonly deduplicates: boolean;
}
