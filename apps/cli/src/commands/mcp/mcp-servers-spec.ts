import type { CommandSpec } from "../../command-spec.ts";

/** The row of `omni mcp servers`. */
export const mcpServersSpec: CommandSpec = {
  name: "mcp servers",
  operands: "list | add | test | remove | trust | untrust",
  count: [1, Number.MAX_SAFE_INTEGER],
  about: "The MCP servers of mcp.json",
  details: [
    "list shows them with what is wrong with each; nothing is started and no secret shown.",
    "add NAME -- COMMAND [ARGUMENTS], or add NAME --url URL, writes one into mcp.json of the home; ${NAME} stays a reference.",
    "test [NAME] starts one, or all, and lists its tools; it ends with 1 when one fails.",
    "remove NAME takes one out of mcp.json.",
    "trust [DIR] lets .mcp.json of a folder count there, as long as it stays as it is; untrust [DIR] ends that.",
  ],
  flags: {
    url: { type: "text", value: "URL", about: "add: the address of a server over HTTP" },
    type: { type: "text", value: "TYPE", about: "add: the transport, where the default does not fit", choices: ["stdio", "http", "sse"] },
    header: { type: "text", value: '"NAME: VALUE"', about: "add: a header of every request; may be given again" },
    env: { type: "text", value: "NAME=VALUE", about: "add: a variable of its environment; may be given again" },
    cwd: { type: "text", value: "DIR", about: "add: the folder it starts in" },
    "timeout-ms": { type: "whole", value: "N", about: "add: most milliseconds of a call without a word of progress", least: 1, most: 2_147_483_647 },
    disabled: { type: "switch", about: "add: keep it in the file, but do not use it" },
    trusted: { type: "switch", about: "add: believe what its tools say of themselves" },
    force: { type: "switch", about: "add: replace one of the same name" },
    timeout: { type: "number", value: "S", about: "test: most seconds a server, 60 by default", least: 0.1, most: 3_600 },
    quiet: { type: "switch", about: "test: no progress on stderr" },
  },
  examples: [
    ["omni mcp servers add files -- npx -y @modelcontextprotocol/server-filesystem ~/notes", "a program on this machine"],
    ["omni mcp servers add tracker --url https://example.org/mcp --header 'Authorization: Bearer ${TRACKER_KEY}'", "one over HTTP, its key in a variable"],
    ["omni mcp servers test", "whether each of them works, and what to do"],
  ],
  load: async () => (await import("./mcp-servers.ts")).mcpServers,
};
