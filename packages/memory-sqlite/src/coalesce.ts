/** Most of what waits that is done together. */
const mostTogether = 128;

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** Does together what is asked for while the last is still under way: one transaction and one flush for all. `run` gives a result for each item, in order. */
export function coalesce<Item, Result>(run: (items: readonly Item[]) => Promise<readonly Result[]>): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isRunning = false;
  const drain = async (): Promise<void> => {
    isRunning = true;
    // All that is asked for in the same breath goes together.
    await Promise.resolve();
    for (let batch = waiting.splice(0, mostTogether); batch.length > 0; batch = waiting.splice(0, mostTogether)) await runBatch(batch, run);
    isRunning = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void drain();
    });
}

async function runBatch<Item, Result>(batch: readonly Waiting<Item, Result>[], run: (items: readonly Item[]) => Promise<readonly Result[]>): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index];
      if (result === undefined) reject(new Error("a batch gave too few results"));
      else resolve(result);
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
