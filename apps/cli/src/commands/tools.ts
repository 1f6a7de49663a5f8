import type { ToolRegistry } from "@omni/runtime";
import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import { exitCodes } from "../exit-codes.ts";
import { toTable } from "../render/table.ts";
import { searchByWords } from "../search-by-words.ts";
import { withRuntime } from "../open-runtime.ts";

type RegisteredTool = ReturnType<ToolRegistry["list"]>[number];

/** Tools that a search shows where no limit is given. */
const defaultFound = 10;

/** `omni tools list`. */
export const listTools: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tools" }, async ({ runtime }) => {
    await runtime.listed();
    await print(runtime.tools.list(), call, context);
    return exitCodes.done;
  });

/** `omni tools search`. */
export const searchTools: CommandBody = (call, context) =>
  withRuntime(call, context, { kind: "tools" }, async ({ runtime }) => {
    await runtime.listed();
    const found = searchByWords(runtime.tools.list(), call.operands.join(" "), ({ tool }) => ({ name: tool.name, text: tool.description }));
    await print(found.slice(0, call.number("limit") ?? defaultFound), call, context);
    return exitCodes.done;
  });

async function print(tools: readonly RegisteredTool[], call: CommandCall, { terminal }: CommandContext): Promise<void> {
  const { output, errors } = terminal;
  if (call.has("json")) await output.write(`${JSON.stringify({ tools: tools.map(toToolView) })}\n`);
  else if (tools.length === 0) await errors.write("No tool was found.\n");
  else {
    const rows = tools.map(({ tool, effect }) => [tool.name, effect, tool.description]);
    await output.write(toTable(["TOOL", "EFFECT", "DOES"], rows, output.columns));
  }
}

function toToolView({ tool, effect }: RegisteredTool): object {
  const { name, description, inputSchema } = tool;
  return { name, owner: name.slice(0, Math.max(0, name.indexOf("."))), description, inputSchema, effect, enabled: true };
}
