import type { Effect, Tool } from "@omni/core";

/** A tool's effect class: what it declares, else what its annotations say, and `once` for anything nobody vouches for. */
export function toEffect(tool: Tool, trusted: boolean): Effect {
  if (!trusted) return "once";
  if (tool.effect !== undefined) return tool.effect;
  if (tool.annotations?.readOnlyHint === true) return "read";
  return tool.annotations?.idempotentHint === true ? "keyed" : "once";
}
