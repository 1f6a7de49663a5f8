/** Bytes of answers to a server's own requests that may wait until it takes them; until it did, no more is read of it. */
const waitingBytes = 262_144;

/** Answers on their way to a server that asks. */
export interface ReplyBacklog {
  /** Counts an answer until `taken` settles. */
  add(bytes: number, taken: Promise<void>): void;
  /** Resolves at once where there is room for more, and otherwise as soon as there is again. For one reader. */
  room(): Promise<void>;
}

/** Makes an empty backlog. */
export function createReplyBacklog(): ReplyBacklog {
  let waiting = 0;
  let wake = (): void => undefined;
  return {
    add(bytes, taken) {
      waiting += bytes;
      const settled = (): void => {
        waiting -= bytes;
        wake();
      };
      void taken.then(settled, settled);
    },
    async room() {
      while (waiting > waitingBytes) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
