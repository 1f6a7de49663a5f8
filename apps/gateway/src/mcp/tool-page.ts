import { ErrorCode, McpError, ToolSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ListToolsResult, Tool } from "@modelcontextprotocol/sdk/types.js";
import type { Log } from "@omni/core";
import type { ToolRegistry } from "@omni/runtime";
import { toDirectCall } from "@omni/runtime";

/** A tool as the registry has it. */
type RegisteredTool = ReturnType<ToolRegistry["list"]>[number];

/** Most tools of one page, and about as many characters of it. */
const mostTools = 500;
const mostCharacters = 1_048_576;

/**
 * One page of the registry, in its order. The cursor is the last name before
 * the page, so that a list which changes meanwhile loses and repeats nothing.
 * A tool that clients could not read costs itself only. Throws an error of the
 * protocol for a cursor that is none.
 */
export function toToolPage(tools: readonly RegisteredTool[], cursor: string | undefined, log: Log): ListToolsResult {
  const after = cursor === undefined ? undefined : fromCursor(cursor);
  const page: Tool[] = [];
  let characters = 0;
  for (const registered of tools) {
    const { name } = registered.tool;
    if ((after !== undefined && name <= after) || !isCallable(name)) continue;
    const last = page.at(-1);
    if (last !== undefined && (page.length === mostTools || characters >= mostCharacters)) return { tools: page, nextCursor: toCursor(last.name) };
    const shown = ToolSchema.safeParse(toMcpTool(registered));
    if (shown.success) {
      page.push(shown.data);
      characters += JSON.stringify(shown.data).length;
    } else log.warn("a tool is not shown to MCP clients: they could not read its schema", { tool: name });
  }
  return { tools: page };
}

/** True for a name by which a call can be made without a model. */
export function isCallable(name: string): boolean {
  return toDirectCall(name, () => true)?.name === name;
}

/** What a server that nobody vouched for says of its tools' effects is not passed on: clients would take our word for it. */
function toMcpTool({ tool, trusted }: RegisteredTool): object {
  const { name, description, inputSchema, annotations = {} } = tool;
  const { title } = annotations;
  const told = trusted ? annotations : title === undefined ? {} : { title };
  return { name, ...(title === undefined ? {} : { title }), description, inputSchema: { ...inputSchema, type: "object" }, ...(Object.keys(told).length === 0 ? {} : { annotations: told }) };
}

function toCursor(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function fromCursor(cursor: string): string {
  const name = Buffer.from(cursor, "base64url").toString();
  if (cursor === "" || toCursor(name) !== cursor) throw new McpError(ErrorCode.InvalidParams, "The cursor is none that this server gave.");
  return name;
}
