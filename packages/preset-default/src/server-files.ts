import type { Host, JsonObject } from "@omni/core";
import type { McpProbe, ProbeOptions } from "@omni/tool-mcp";
import type { ReadServersContext } from "@omni/runtime";
import type { ServerList } from "./list-servers.ts";

export type { ListedServer, ServerList } from "./list-servers.ts";
export type { McpProbe, ProbeOptions } from "@omni/tool-mcp";

/** What can be done with the servers of an `mcp.json` besides running turns with them. */
export interface ServerFiles {
  /** Every entry of a file, those that are disabled or broken too. */
  list(text: string, context: ReadServersContext): Promise<ServerList>;
  /** What is wrong with a definition that is about to be written, and where in it a secret seems to stand in clear. */
  check(definition: JsonObject): { readonly faults: readonly string[]; readonly secrets: readonly string[] };
  /** What is to be known of the owner that a name gives its tools, where it is not the name itself. */
  toOwnerRemark(name: string): string | undefined;
  /** The text of a file with a server set, or removed; see `editMcpServers`. Throws `config.invalid`. */
  edit(text: string, path: string, name: string, definition: JsonObject | undefined): string;
  /** Starts a server once and lists its tools; see `probeMcpServer`. Throws `config.invalid` for options that do not fit. */
  probe(options: JsonObject, host: Host, bounds: ProbeOptions): Promise<McpProbe>;
}

/** Loads what reads, edits and tries servers. */
export async function loadServerFiles(): Promise<ServerFiles> {
  const [{ listServers }, { checkDefinition, editMcpServers, findSecretPlaces, mcpToolOptions, probeMcpServer, toServerOwner }] = await Promise.all([import("./list-servers.ts"), import("@omni/tool-mcp")]);
  return {
    list: listServers,
    check: (definition) => ({ faults: checkDefinition(definition).problems.map((problem) => problem.message), secrets: findSecretPlaces(definition) }),
    toOwnerRemark: (name) => toServerOwner(name, []).warning,
    edit: editMcpServers,
    probe: (options, host, bounds) => probeMcpServer(mcpToolOptions.parse(options), host, bounds),
  };
}
