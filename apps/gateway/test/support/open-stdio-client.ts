import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Person } from "./open-mcp-client.ts";
import { connectClient } from "./open-mcp-client.ts";

/** How a program is started that speaks the protocol on its standard streams. */
export interface StdioProgram {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A client of the protocol's own library, with a program of Node behind it. */
export function openStdioClient({ args, env, cwd }: StdioProgram, person?: Person): Promise<Client> {
  return connectClient(new StdioClientTransport({ command: process.execPath, args: [...args], env: { ...env }, cwd, stderr: "ignore" }), person);
}
