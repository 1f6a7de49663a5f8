import type { Memory } from "@omni/core";
import { OmniError } from "@omni/core";
import type { CommandCall, CommandContext } from "../../command-spec.ts";
import type { OpenRuntime } from "../../open-runtime.ts";
import { withRuntime } from "../../open-runtime.ts";

/** A runtime that has a memory. */
export interface OpenMemory extends OpenRuntime {
  readonly memory: Memory;
}

/** Opens a runtime and runs the body with its memory. Throws `usage.invalid` where memory is turned off. */
export function withMemory<Result>(call: CommandCall, context: CommandContext, body: (opened: OpenMemory) => Promise<Result>): Promise<Result> {
  return withRuntime(call, context, { kind: "memory" }, async (opened) => {
    const { memory } = opened.runtime;
    if (memory === undefined) throw new OmniError("usage.invalid", 'Memory is turned off; take "memory": false out of omni.json to use it.');
    return body({ ...opened, memory });
  });
}
