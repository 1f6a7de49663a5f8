import type { Action, JsonObject, OmniErrorCode, ToolCall, ToolCallStatus, TurnInput } from "@omni/core";
import type { AgentParts, RegisteredTool } from "./parts.ts";
import { runToolCallHooks } from "./hooks.ts";
import { toNearest } from "./nearest.ts";

/** A call that may go to the policy, or one that is settled already. */
export type PreparedCall =
  | { readonly kind: "ready"; readonly registered: RegisteredTool; readonly input: JsonObject; readonly action: Action }
  | { readonly kind: "settled"; readonly status: ToolCallStatus; readonly code: OmniErrorCode; readonly message: string };

/** Finds the tool, reads and validates the arguments, and asks the hooks. Every fault is a settled call, never an exception. */
export async function prepareCall(call: ToolCall, input: TurnInput, parts: AgentParts, signal: AbortSignal): Promise<PreparedCall> {
  const registered = parts.tools.find(call.name);
  if (registered === undefined) {
    const names = parts.tools.list().map((each) => each.tool.name);
    const nearest = toNearest(call.name, names);
    return settled("failed", "tool.unknown", `There is no tool ${JSON.stringify(call.name.slice(0, 100))}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`);
  }
  const parsed = parseArguments(call.arguments);
  if (parsed === undefined) {
    return settled("failed", "tool.invalid-arguments", `The arguments of ${call.name} are not a JSON object; write them as one. Schema: ${JSON.stringify(registered.tool.inputSchema)}`);
  }
  const hooked = await runToolCallHooks({ name: call.name, arguments: parsed }, { sessionId: input.sessionId, turnId: input.turnId, signal }, parts);
  if ("veto" in hooked) return settled("denied", "tool.denied", `A hook refused ${call.name}: ${hooked.veto}`);
  const problem = parts.validate(registered.tool.inputSchema, hooked.arguments);
  if (problem !== undefined) {
    return settled("failed", "tool.invalid-arguments", `The arguments of ${call.name} do not fit its schema: ${problem}. Schema: ${JSON.stringify(registered.tool.inputSchema)}`);
  }
  return { kind: "ready", registered, input: hooked.arguments, action: toAction(registered, hooked.arguments) };
}

/** What a call would do. A tool that cannot say it is judged as the widest thing its effect allows. */
function toAction(registered: RegisteredTool, input: JsonObject): Action {
  const { tool, trusted, effect } = registered;
  if (!trusted) return { kind: effect === "read" ? "read-open" : "write" };
  if (tool.action === undefined) return { kind: effect === "read" ? (tool.annotations?.openWorldHint === true ? "read-open" : "read") : "write" };
  try {
    return tool.action(input);
  } catch {
    return { kind: "configure" };
  }
}

function parseArguments(text: string): JsonObject | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text, (key, each: unknown) => (key === "__proto__" ? undefined : each));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function settled(status: ToolCallStatus, code: OmniErrorCode, message: string): PreparedCall {
  return { kind: "settled", status, code, message };
}
