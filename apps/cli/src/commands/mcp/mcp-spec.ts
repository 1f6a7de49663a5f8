import type { CommandSpec } from "../../command-spec.ts";

/** The row of `omni mcp`. */
export const mcpSpec: CommandSpec = {
  name: "mcp",
  operands: "",
  count: [0, 0],
  about: "The tools as an MCP server, on stdio or over HTTP",
  details: [
    "On stdio, stdout carries the protocol only, and the end of the input ends it with 0. It joins the running gateway, else works in this process.",
    "Over HTTP it takes tokens of omni tokens add, as a gateway does; a running gateway has the same at /mcp.",
    "omni mcp servers is about the servers whose tools Omni itself uses.",
  ],
  flags: {
    http: { type: "whole", value: "PORT", about: "streamable HTTP on this port of 127.0.0.1 instead; 0 picks one", least: 0, most: 65_535 },
    workspace: { type: "text", value: "DIR", about: "the folder the tools work in (else the configured one, else the current folder)" },
    autonomy: { type: "text", value: "LEVEL", about: "how far calls may go by themselves", choices: ["readonly", "supervised", "full"] },
    quiet: { type: "switch", about: "no warnings on stderr" },
  },
  examples: [
    ["omni mcp", "what an MCP client starts: \"command\": \"omni\", \"args\": [\"mcp\"]"],
    ["omni mcp --http 7780 --json", 'the first line is { "url", "pid", "home" } once it listens'],
  ],
  load: async () => (await import("./serve-mcp.ts")).mcp,
};
