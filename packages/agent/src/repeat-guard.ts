import type { Effect, JsonObject, ToolResultEvent } from "@omni/core";
import { toCanonicalJson } from "./canonical-json.ts";

/** Counts identical calls of one turn. */
export interface RepeatGuard {
  /** True when the call may still run. */
  mayRun(name: string, input: JsonObject): boolean;
  /** Tells that the call ended so. */
  settled(call: { readonly name: string; readonly arguments: JsonObject; readonly effect: Effect }, result: Pick<ToolResultEvent, "status" | "content">): void;
}

/**
 * Stops the call that comes after `limit` identical ones, failures counted.
 * A read whose result differs from the last one is progress, so its count
 * begins again: polling a file that changes is no loop.
 */
export function createRepeatGuard(limit: number): RepeatGuard {
  const seen = new Map<string, { count: number; result: string }>();
  const keyOf = (name: string, input: JsonObject): string => `${name} ${toCanonicalJson(input)}`;
  return {
    mayRun: (name, input) => (seen.get(keyOf(name, input))?.count ?? 0) < limit,
    settled(call, result) {
      const key = keyOf(call.name, call.arguments);
      const shown = `${result.status} ${JSON.stringify(result.content)}`;
      const before = seen.get(key);
      const isProgress = call.effect === "read" && before !== undefined && before.result !== shown;
      seen.set(key, { count: isProgress ? 1 : (before?.count ?? 0) + 1, result: shown });
    },
  };
}
