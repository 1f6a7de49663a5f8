import { join } from "node:path";
import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ConfigRequest } from "./config-request.ts";
import type { Environment } from "./variables.ts";
import type { SlotChoice } from "./config.ts";
import { expandVariables } from "./variables.ts";
import { readText } from "./config-text.ts";
import { toAbsolute } from "./config-request.ts";

/** Servers as choices of the tool slot, by the owner of their tools, and what could not be used, a line each. */
export interface ReadServersResult {
  readonly choices: Readonly<Record<string, SlotChoice>>;
  readonly warnings: readonly string[];
}

/** What reading servers needs besides the text. */
export interface ReadServersContext {
  readonly path: string;
  readonly env: Environment;
  /** Owners that other tools have. */
  readonly taken: readonly string[];
  /** Puts variables into a definition; the names of those that are missing. */
  expand(definition: JsonObject): { readonly value: JsonObject; readonly missing: readonly string[] };
}

/** Reads the text of an `mcp.json`; never fails. */
export type ReadServers = (text: string, context: ReadServersContext) => Promise<ReadServersResult>;

/**
 * The servers of `mcp.json`: the file a flag named, which must be there, else
 * that of the home, which need not. Throws `config.invalid` only for a file
 * that was named and cannot be read.
 */
export async function loadServers(request: ConfigRequest, home: string, taken: readonly string[]): Promise<ReadServersResult> {
  const { readServers, mcpConfig, env } = request;
  if (readServers === undefined) return { choices: {}, warnings: [] };
  const path = mcpConfig === undefined ? join(home, "mcp.json") : toAbsolute(mcpConfig, request.cwd, request.userHome);
  const text = await readText(path);
  if (text === undefined && mcpConfig !== undefined) throw new OmniError("config.invalid", `${path} does not exist; name another file with --mcp-config, or leave the flag out.`);
  if (text === undefined) return { choices: {}, warnings: [] };
  const expand: ReadServersContext["expand"] = (definition) => {
    const { value, missing } = expandVariables(definition, env);
    return { value, missing: [...new Set(missing.map((each) => each.name))] };
  };
  return readServers(text, { path, env, taken, expand });
}
