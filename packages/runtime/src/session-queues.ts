/** Work in order within a session, side by side across sessions, at most `concurrency` at once. */
export interface SessionQueues {
  /** Runs `work` after all earlier work of the session. */
  run<T>(sessionId: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits any more. */
  idle(): Promise<void>;
  readonly running: number;
}

/** Sessions take turns: a free place goes to the work that has waited longest, and a session never holds two. */
export function createSessionQueues(concurrency: number): SessionQueues {
  const tails = new Map<string, Promise<unknown>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < concurrency) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  const runInPlace = async <T>(work: () => Promise<T>): Promise<T> => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };

  return {
    run(sessionId, work) {
      const before = tails.get(sessionId) ?? Promise.resolve();
      const mine = before.then(() => runInPlace(work));
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      tails.set(sessionId, settled);
      void settled.then(() => {
        if (tails.get(sessionId) === settled) tails.delete(sessionId);
      });
      return mine;
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
    get running() {
      return running;
    },
  };
}
