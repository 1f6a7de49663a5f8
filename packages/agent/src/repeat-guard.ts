import type { Effect, JsonObject, ToolResultEvent } from "@omni/core";
import { toCanonicalJson } from "./canonical-json.ts";

interface Seen {
  readonly count: number;
  /** Calls that were let through and have not settled. */
  readonly running: number;
  /** Digest of how it ended and of what was shown of it. */
  readonly result?: string;
}

/** Counts identical calls of one turn. */
export interface RepeatGuard {
  /** True when the call may run; it then counts as one until it has settled, so that the calls of one reply that run together count too. */
  mayRun(name: string, input: JsonObject): boolean;
  /** Tells that a call that was let through ended so. What was stopped here is told nothing of: it is no new result. */
  settled(call: { readonly name: string; readonly arguments: JsonObject; readonly effect: Effect }, result: Pick<ToolResultEvent, "status" | "content" | "checkpointId">): void;
}

/**
 * Stops the call that comes after `limit` identical ones, failures counted.
 * A read that succeeds with another result than the last one is progress, so
 * its count begins again: polling a file that changes is no loop. A failure is
 * none, also where it is told in other words each time. Of a result its digest
 * is kept alone, as made by `digest`.
 */
export function createRepeatGuard(limit: number, digest: (text: string) => string): RepeatGuard {
  const seen = new Map<string, Seen>();
  const fresh: Seen = { count: 0, running: 0 };
  const keyOf = (name: string, input: JsonObject): string => `${name} ${toCanonicalJson(input)}`;
  return {
    mayRun(name, input) {
      const key = keyOf(name, input);
      const before = seen.get(key) ?? fresh;
      if (before.count + before.running >= limit) return false;
      seen.set(key, { ...before, running: before.running + 1 });
      return true;
    },
    settled(call, result) {
      const key = keyOf(call.name, call.arguments);
      const shown = digest(`${result.status} ${toCompared(result)}`);
      const before = seen.get(key) ?? fresh;
      const isProgress = call.effect === "read" && result.status === "completed" && before.result !== undefined && before.result !== shown;
      seen.set(key, { count: isProgress ? 1 : before.count + 1, running: Math.max(0, before.running - 1), result: shown });
    },
  };
}

/** What is shown of a result, without the id under which the whole of it is kept: each time that is another. */
function toCompared({ content, checkpointId }: Pick<ToolResultEvent, "content" | "checkpointId">): string {
  const shown = JSON.stringify(content);
  return checkpointId === undefined ? shown : shown.replaceAll(checkpointId, "");
}
