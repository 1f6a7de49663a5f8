import { isOmniError } from "@omni/core";
import type { Database } from "./database.ts";

/** A write that waits for its commit. */
export interface Waiting {
  readonly isQuick: boolean;
  /** When it was first tried and somebody else wrote, by the monotonic clock; undefined before. */
  since: number | undefined;
  /** Writes, and returns what tells the caller so. */
  run(): () => void;
  reject(error: unknown): void;
}

/** What is neither written nor refused because somebody else writes. */
export interface Busy {
  readonly left: readonly Waiting[];
  readonly error: unknown;
}

/** Commits all of them. One that fails is told so and undoes nothing of the others, which are written without it; where the commit itself fails, all are told. Where somebody else writes, nobody is told anything. */
export function commitTogether(database: Database, writes: readonly Waiting[]): Busy | undefined {
  let left = writes;
  while (left.length > 0) {
    let failed: Waiting | undefined;
    const writeAll = (): readonly (() => void)[] =>
      left.map((each) => {
        failed = each;
        const tell = each.run();
        failed = undefined;
        return tell;
      });
    try {
      const tells = database.tryTransaction(writeAll, { isQuick: left.every((each) => each.isQuick) });
      for (const tell of tells) tell();
      return undefined;
    } catch (error) {
      if (failed === undefined && isOmniError(error) && error.code === "store.busy") return { left, error };
      for (const each of left) if (failed === undefined || each === failed) each.reject(error);
      left = failed === undefined ? [] : left.filter((each) => each !== failed);
    }
  }
  return undefined;
}
