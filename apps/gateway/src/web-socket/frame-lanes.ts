/** The order in which frames of one socket are served: those of a lane one after the other, everything else at once. */
export interface FrameLanes {
  /** Does the work when all that came before it in its lane has ended, well or not; at once where it has no lane. Rejects as the work does. */
  run(lane: string | undefined, work: () => Promise<void>): Promise<void>;
  /** Lanes in which work is under way. */
  readonly size: number;
}

/** Makes lanes; one is there for as long as something is under way in it. */
export function createFrameLanes(): FrameLanes {
  const tails = new Map<string, Promise<void>>();
  return {
    async run(lane, work) {
      if (lane === undefined) return work();
      const done = runAfter(tails.get(lane), work);
      const tail = done.catch(() => undefined);
      tails.set(lane, tail);
      try {
        await done;
      } finally {
        // Whoever came meanwhile waits for this one and is the tail now.
        if (tails.get(lane) === tail) tails.delete(lane);
      }
    },
    get size() {
      return tails.size;
    },
  };
}

async function runAfter(before: Promise<void> | undefined, work: () => Promise<void>): Promise<void> {
  if (before !== undefined) await before;
  await work();
}
