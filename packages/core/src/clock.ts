/** Time, injected so that tests own it. */
export interface Clock {
  /** Wall time, Unix milliseconds. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes backwards. Use it for durations. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason. Does not keep the process alive by itself. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `body` after `milliseconds`; returns how to call it off. */
  after(milliseconds: number, body: () => void): () => void;
}
