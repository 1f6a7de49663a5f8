/** Work in order under one key, side by side under different ones. */
export interface KeyedOrder {
  /** Runs `work` when all earlier work under this key has ended, however it did. */
  of<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

/** Makes an order without work; a key costs nothing once its work has ended. */
export function createKeyedOrder(): KeyedOrder {
  const tails = new Map<string, Promise<void>>();
  return {
    of(key, work) {
      const mine = (tails.get(key) ?? Promise.resolve()).then(work);
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      tails.set(key, settled);
      void settled.then(() => {
        if (tails.get(key) === settled) tails.delete(key);
      });
      return mine;
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
