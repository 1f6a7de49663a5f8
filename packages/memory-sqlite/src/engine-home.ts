import { OmniError } from "@omni/core";
import type { DatabaseFile } from "./database-file.ts";
import type { EngineAccess, EngineCall, EnginePlace } from "./engine-access.ts";
import type { MemoryEngine } from "./engine.ts";

/** Largest database that this thread works on itself for good, in bytes: some five thousand short passages, a few milliseconds a recall. */
const mostInThread = 4 * 1024 * 1024;
/**
 * Recalls and stores that this thread does itself on a larger one before a
 * worker takes over. A worker takes about a hundred milliseconds until it
 * answers, this thread thirty, so for a program that ends after one turn a
 * worker would cost more than it saves.
 */
const firstInThread = 6;
/** What takes no longer with a large memory than with a small one. */
const lightCalls: readonly EngineCall[] = ["recall", "store", "reinforce", "get", "counts"];

/** Where the engine runs: nowhere while there is nothing to remember, in this thread while the memory is small or the program young, else in a worker. */
export interface EngineHome {
  /** True where there is a database, or one was opened. */
  exists(): boolean;
  /** True while a worker does the work. */
  isAway(): boolean;
  /** Calls the engine, which is opened first, and made where there is none. */
  call<Name extends EngineCall>(name: Name, ...values: Parameters<MemoryEngine[Name]>): Promise<ReturnType<MemoryEngine[Name]>>;
  close(): Promise<void>;
}

/** Makes the home. `onAway` is called each time that a worker has taken over. */
export function createEngineHome(place: EnginePlace, file: DatabaseFile, onAway: () => void = () => undefined): EngineHome {
  const ending = new AbortController();
  // Not imported at the top: a start that remembers nothing reads neither.
  const local = createOpening(async () => (await import("./engine-access.ts")).openEngine(place));
  let ready: EngineAccess | undefined;
  let used = 0;
  let isClosed = false;
  const worker = createOpening(async () => {
    let isGone = false;
    const onEnd = (): void => {
      isGone = true;
      giveBack();
    };
    const { openWorkerEngine } = await import("./worker-engine.ts");
    const access = await openWorkerEngine(place, { signal: ending.signal, onEnd });
    if (!isGone) ready = access;
    // A call in this thread is over when it returns, so none is under way when the database changes hands.
    await local.close();
    onAway();
    return access;
  });
  /** The next call that needs a worker has a new one. */
  const giveBack = (): void => {
    ready = undefined;
    worker.forget();
  };
  const choose = (name: EngineCall): Promise<EngineAccess> => {
    const { thread } = place.options;
    if (thread === "worker") return worker.open();
    if (thread === "caller" || (file.size() ?? 0) <= mostInThread) return local.open();
    if (!lightCalls.includes(name)) return worker.open();
    if (++used > firstInThread) worker.open().catch(() => undefined);
    return ready === undefined ? local.open() : worker.open();
  };
  return {
    exists: () => local.isOpen() || ready !== undefined || file.size() !== undefined || file.orphanedLog() > 0,
    isAway: () => ready !== undefined,
    async call(name, ...values) {
      if (isClosed) throw new OmniError("memory.failed", "The memory is closed; open it again to use it.");
      if (ready !== undefined) return ready.call(name, ...values);
      // What is done in this thread is done in an instant of its own: a caller without a pause would else keep everything else from its turn.
      await nextInstant();
      const access = ready ?? (await choose(name));
      return access.call(name, ...values);
    },
    async close() {
      isClosed = true;
      // What was asked for before the end is done before it.
      await nextInstant();
      const away = ready;
      ready = undefined;
      await away?.close();
      ending.abort();
      await worker.close();
      await local.close();
    },
  };
}

function nextInstant(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An engine that is opened once, when it is needed. An opening that failed is not kept, so that mending the file needs no restart. */
interface Opening {
  open(): Promise<EngineAccess>;
  isOpen(): boolean;
  /** Closes what was opened; it may be opened again. */
  close(): Promise<void>;
  /** Says that what was opened is gone. */
  forget(): void;
}

function createOpening(make: () => Promise<EngineAccess>): Opening {
  let opened: Promise<EngineAccess> | undefined;
  const open = (): Promise<EngineAccess> => {
    if (opened !== undefined) return opened;
    const opening = make().catch((error: unknown) => {
      if (opened === opening) opened = undefined;
      throw error;
    });
    opened = opening;
    return opening;
  };
  return {
    open,
    isOpen: () => opened !== undefined,
    async close() {
      const closing = opened;
      opened = undefined;
      const access = await closing?.catch(() => undefined);
      await access?.close();
    },
    forget() {
      opened = undefined;
    },
  };
}
