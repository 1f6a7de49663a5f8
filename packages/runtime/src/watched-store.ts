import type { Log, OmniError, Store } from "@omni/core";
import { isOmniError } from "@omni/core";

/** A store, and what came to light about it. */
export interface WatchedStore {
  readonly store: Store;
  /** What first showed that it is damaged; undefined while nothing has. */
  fault(): OmniError | undefined;
}

/**
 * Remembers the first operation that failed with `store.corrupt`, and writes it
 * in the log: a store that is damaged in part answers other questions as if
 * nothing were wrong. Results and errors stay as they are.
 */
export function watchStore(store: Store, log: Log): WatchedStore {
  let fault: OmniError | undefined;
  const notice = (error: unknown): never => {
    if (fault === undefined && isOmniError(error) && error.code === "store.corrupt") {
      fault = error;
      log.error("the store is damaged; a gateway is not ready from now on, until it is started anew", { code: error.code, message: error.message });
    }
    throw error;
  };
  const watched = Object.fromEntries(
    namesOf(store).map((name) => {
      const value: unknown = Reflect.get(store, name);
      // What a restore finds damaged is the copy.
      if (typeof value !== "function" || name === "restore") return [name, value];
      return [
        name,
        (...given: readonly unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, store, given);
          return result instanceof Promise ? result.catch(notice) : result;
        },
      ];
    }),
  );
  return { store: { ...store, ...watched }, fault: () => fault };
}

/** Names of everything that a store can do, also where it is an instance of a class. */
function namesOf(store: Store): readonly string[] {
  const names = new Set<string>();
  for (let each: unknown = store; typeof each === "object" && each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) names.add(name);
  }
  names.delete("constructor");
  return [...names];
}
