import type { McpConnection, McpConnectionOptions } from "./mcp-connection.ts";

/** Connects an MCP client to a runtime of this process: the same server as `/mcp`, without HTTP. What speaks the protocol is loaded for this, and not before. */
export async function openMcpConnection(options: McpConnectionOptions): Promise<McpConnection> {
  const { connectMcp } = await import("./mcp-connection.ts");
  return connectMcp(options);
}
