import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Book } from "./book.ts";
import { createBook, toBook } from "./book.ts";
import type { Shelf } from "./shelf.ts";

/** Works on a book. `now` is Unix milliseconds. Called again on a newer book when another was faster, so it does nothing else. */
export type Work<Result> = (book: Book, now: number) => Result | Promise<Result>;

/** The book of a shelf, read and changed whole. */
export interface Ledger {
  read<Result>(work: Work<Result>): Promise<Result>;
  /** Resolves when the book lies on the shelf as the work left it. When the work throws nothing is put. */
  change<Result>(work: Work<Result>): Promise<Result>;
  /** From now on everything is refused with `store.failed`. */
  close(): void;
}

/** How often a change is tried before it is given up. Each failure is another's success, so this is seldom. */
const mostTries = 1_000;

/** Makes the ledger of a shelf. */
export function createLedger(shelf: Shelf, clock: Clock): Ledger {
  let isOpen = true;
  let last: Promise<unknown> = Promise.resolve();
  const take = async (): Promise<{ readonly book: Book; readonly version: string | undefined }> => {
    if (!isOpen) throw new OmniError("store.failed", "The store is closed.");
    const lying = await shelf.take().catch(refuse);
    return lying === undefined ? { book: createBook(), version: undefined } : { book: toBook(lying.text), version: lying.version };
  };
  const change = async <Result>(work: Work<Result>): Promise<Result> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const { book, version } = await take();
      const result = await work(book, clock.now());
      if (await shelf.put(JSON.stringify(book), version).catch(refuse)) return result;
    }
    throw new OmniError("store.busy", "Others change the record all the time; try again later.", { retryable: true });
  };
  return {
    read: async (work) => work((await take()).book, clock.now()),
    // One after the other: this process does not race against itself.
    change(work) {
      const done = last.then(() => change(work));
      last = done.catch(() => undefined);
      return done;
    },
    close() {
      isOpen = false;
    },
  };
}

function refuse(cause: unknown): never {
  throw new OmniError("store.failed", `The shelf of the record does not answer as it should (${cause instanceof Error ? cause.message : String(cause)}). Look at its server.`, { cause });
}
