import type { JsonObject } from "@omni/core";
import { checkDefinition } from "./server-definition.ts";
import { isJsonObject } from "./json-shape.ts";
import { scanJson } from "./json-positions.ts";

/** One server of a file. */
export interface McpServer {
  /** The name the file gives it. */
  readonly name: string;
  /** Its known keys, checked, `type` written out; `${NAME}` is left as it is. With `name` beside them they are options of this package. */
  readonly definition: JsonObject;
}

/** The servers of a file and, in words for a person, what could not be used of it. */
export interface McpServers {
  readonly servers: readonly McpServer[];
  /** Each begins with `path:line:column`. */
  readonly warnings: readonly string[];
}

/**
 * Reads the text of an `mcp.json`. It never fails: a file that is broken has
 * no servers, an entry that is broken is left out, and a warning says where
 * and why.
 */
export function parseMcpServers(text: string, path: string): McpServers {
  const positions = scanJson(text);
  const warnAt = ({ line, column }: { readonly line: number; readonly column: number }, message: string): string => `${path}:${line}:${column}: ${message}`;
  const none = (warning: string): McpServers => ({ servers: [], warnings: [warning] });
  if (positions.problem !== undefined) return none(warnAt(positions.problem, positions.problem.message));
  const root: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
  if (!isJsonObject(root)) return none(warnAt({ line: 1, column: 1 }, 'expected an object with the key "mcpServers"'));
  const table = root["mcpServers"];
  if (!isJsonObject(table)) return none(warnAt(positions.locate(["mcpServers"]), 'expected the key "mcpServers" with an object of servers by name'));
  const servers: McpServer[] = [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(table)) {
    const { definition, problems } = checkDefinition(value);
    for (const problem of problems) {
      const place = ["mcpServers", name, ...(problem.key === undefined ? [] : [problem.key])];
      warnings.push(warnAt(positions.locate(place), `server ${JSON.stringify(name)}${problem.isFatal ? " is left out" : ""}: ${problem.message}`));
    }
    if (name.trim() === "") warnings.push(warnAt(positions.locate(["mcpServers", name]), "a server without a name is left out"));
    else if (definition !== undefined) servers.push({ name, definition });
  }
  return { servers, warnings };
}
