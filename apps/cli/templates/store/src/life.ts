import type { Host, Store } from "@omni/core";
import type { Book } from "./book.ts";
import { isAlive } from "./book.ts";
import type { Ledger } from "./ledger.ts";

/** How long an open store counts as alive after it was last heard of, milliseconds; three renewals may fail. */
const leaseMs = 60_000;
const renewMs = 15_000;

/** What lives and dies with one open store: its instances and its locks. */
export interface Life extends Pick<Store, "join" | "isAlive" | "lock" | "close"> {
  /** The instance that sends, in this book; made when there is none. */
  sender(book: Book, now: number): string;
}

/** Makes the life of a store that is being opened. It keeps its lease until it is closed; a process that was killed does not, and is dead when it ends. */
export function createLife(ledger: Ledger, { clock, random, log }: Pick<Host, "clock" | "random" | "log">): Life {
  const opening = random.id();
  let newest = random.id();
  let isLeased = false;
  let callOff = (): void => undefined;
  const lease = (book: Book, now: number): void => {
    book.openings = [...book.openings.filter(({ id }) => id !== opening), { id: opening, until: now + leaseMs }];
    end(book, ({ until }) => until <= now);
    if (isLeased) return;
    isLeased = true;
    keep();
  };
  const keep = (): void => {
    callOff = clock.after(renewMs, () => {
      keep();
      ledger.change(lease).catch((error: unknown) => log.warn("the store's lease cannot be renewed", { message: String(error) }));
    });
  };
  const enter = (book: Book, now: number, id: string): void => {
    lease(book, now);
    if (!book.instances.some((each) => each.id === id)) book.instances.push({ id, opening });
  };
  return {
    async join() {
      const id = random.id();
      await ledger.change((book, now) => enter(book, now, id));
      newest = id;
      const leave = (book: Book): void => void (book.instances = book.instances.filter((each) => each.id !== id));
      return { id, leave: () => ledger.change(leave) };
    },
    isAlive: (id) => ledger.read((book, now) => isAlive(book, id, now)),
    sender(book, now) {
      enter(book, now, newest);
      return newest;
    },
    async lock(name, info) {
      const id = random.id();
      const holder = structuredClone(info);
      const held = await ledger.change((book, now) => {
        lease(book, now);
        const other = book.locks.find((each) => each.name === name);
        if (other === undefined) book.locks.push({ id, name, holder, opening });
        return other;
      });
      if (held !== undefined) return { held: false, holder: held.holder };
      return { held: true, release: () => ledger.change((book) => void (book.locks = book.locks.filter((each) => each.id !== id))) };
    },
    async close() {
      callOff();
      // Where it cannot be told now, the lease tells it later.
      if (isLeased) await ledger.change((book) => end(book, ({ id }) => id === opening)).catch((error: unknown) => log.warn("the store was closed without a word to its shelf", { message: String(error) }));
      isLeased = false;
      ledger.close();
    },
  };
}

/** Takes openings out, with the instances and locks that live in them. */
function end(book: Book, isOver: (opening: Book["openings"][number]) => boolean): void {
  book.openings = book.openings.filter((opening) => !isOver(opening));
  const open = new Set(book.openings.map(({ id }) => id));
  book.instances = book.instances.filter(({ opening }) => open.has(opening));
  book.locks = book.locks.filter(({ opening }) => open.has(opening));
}
