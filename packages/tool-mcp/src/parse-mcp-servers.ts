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

/** An entry of a file, usable or not. */
export interface McpServerEntry {
  readonly name: string;
  /** Undefined where it cannot be used. */
  readonly definition: JsonObject | undefined;
  /** What is wrong with it, each beginning with `path:line:column`. */
  readonly faults: readonly string[];
}

/** The servers of a file and, in words for a person, what could not be used of it. */
export interface McpServers {
  readonly servers: readonly McpServer[];
  /** Each begins with `path:line:column`. */
  readonly warnings: readonly string[];
  /** Every entry in the order of the file, those that are left out too. */
  readonly entries: readonly McpServerEntry[];
  /** Why the file as a whole cannot be read; it is among the warnings. */
  readonly problem?: string;
}

/**
 * Reads the text of an `mcp.json`. It never fails: a file that is broken has
 * no servers, an entry that is broken is left out, and a warning says where
 * and why.
 */
export function parseMcpServers(text: string, path: string): McpServers {
  const positions = scanJson(text);
  const warnAt = ({ line, column }: { readonly line: number; readonly column: number }, message: string): string => `${path}:${line}:${column}: ${message}`;
  const none = (problem: string): McpServers => ({ servers: [], warnings: [problem], entries: [], problem });
  if (positions.problem !== undefined) return none(warnAt(positions.problem, positions.problem.message));
  const root = positions.value;
  if (!isJsonObject(root)) return none(warnAt({ line: 1, column: 1 }, 'expected an object with the key "mcpServers"'));
  const table = root["mcpServers"];
  if (!isJsonObject(table)) return none(warnAt(positions.locate(["mcpServers"]), 'expected the key "mcpServers" with an object of servers by name'));
  const entries = Object.entries(table).map(([name, value]): McpServerEntry => {
    const { definition, problems } = checkDefinition(value);
    const faults = problems.map((problem) => {
      const place = ["mcpServers", name, ...(problem.key === undefined ? [] : [problem.key])];
      return warnAt(positions.locate(place), `server ${JSON.stringify(name)}${problem.isFatal ? " is left out" : ""}: ${problem.message}`);
    });
    if (name.trim() !== "") return { name, definition, faults };
    return { name, definition: undefined, faults: [...faults, warnAt(positions.locate(["mcpServers", name]), "a server without a name is left out")] };
  });
  const servers = entries.flatMap(({ name, definition }): McpServer[] => (definition === undefined ? [] : [{ name, definition }]));
  return { servers, warnings: entries.flatMap((entry) => entry.faults), entries };
}
