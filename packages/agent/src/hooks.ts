import type { HookContext, HookVeto, JsonObject, ModelRequest, ToolResult } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import { untilStopped } from "./until-stopped.ts";

type HookParts = Pick<AgentParts, "hooks" | "log" | "clock">;

/** Lets every hook see, change or refuse the message. A hook that throws refuses it. */
export async function runMessageHooks(text: string, context: HookContext, parts: HookParts): Promise<{ readonly text: string } | HookVeto> {
  let current = { text };
  for (const hook of parts.hooks) {
    try {
      const changed = await untilStopped(hook.message?.(current, context), context.signal, parts.clock);
      if (changed === undefined) continue;
      if ("veto" in changed) return changed;
      current = changed;
    } catch (error) {
      return failed("message", error, parts);
    }
  }
  return current;
}

/** Lets every hook see, change or refuse the model call. A hook that throws changes nothing. */
export async function runModelCallHooks(request: ModelRequest, context: HookContext, parts: HookParts): Promise<ModelRequest | HookVeto> {
  let current = request;
  for (const hook of parts.hooks) {
    try {
      const changed = await untilStopped(hook.modelCall?.(current, context), context.signal, parts.clock);
      if (changed === undefined) continue;
      if ("veto" in changed) return changed;
      current = changed;
    } catch (error) {
      failed("modelCall", error, parts);
    }
  }
  return current;
}

/** Lets every hook see, change or refuse the tool call. A hook that throws refuses it. */
export async function runToolCallHooks(
  call: { readonly name: string; readonly arguments: JsonObject },
  context: HookContext,
  parts: HookParts,
): Promise<{ readonly arguments: JsonObject } | HookVeto> {
  let current = call;
  for (const hook of parts.hooks) {
    try {
      const changed = await untilStopped(hook.toolCall?.(current, context), context.signal, parts.clock);
      if (changed === undefined) continue;
      if ("veto" in changed) return changed;
      current = { name: call.name, arguments: changed.arguments };
    } catch (error) {
      return failed("toolCall", error, parts);
    }
  }
  return current;
}

/** Lets every hook see or change the result. A hook that throws changes nothing. */
export async function runToolResultHooks(name: string, result: ToolResult, context: HookContext, parts: HookParts): Promise<ToolResult> {
  let current = result;
  for (const hook of parts.hooks) {
    try {
      current = (await untilStopped(hook.toolResult?.({ name, result: current }, context), context.signal, parts.clock)) ?? current;
    } catch (error) {
      failed("toolResult", error, parts);
    }
  }
  return current;
}

function failed(where: string, error: unknown, parts: HookParts): HookVeto {
  const message = error instanceof Error ? error.message : String(error);
  parts.log.error("a hook failed", { where, message });
  return { veto: `the hook failed: ${message}` };
}
