import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { FakeHost } from "@omni/testkit/fakes";
import type { Runtime } from "@omni/runtime";
import type { McpConnection } from "../../src/mcp/mcp-connection.ts";
import type { McpSettings } from "../../src/mcp/mcp-place.ts";
import type { OpenRuntimeOptions } from "./open-gateway.ts";
import type { Person } from "./open-mcp-client.ts";
import { connectClient } from "./open-mcp-client.ts";
import { openMcpConnection } from "../../src/mcp/open-mcp-connection.ts";
import { openRuntime } from "./open-gateway.ts";

const owner = { id: "owner", scopes: ["read", "chat", "approve", "admin"] } as const;

/** The protocol's own client of a runtime of its own, connected without HTTP. */
export async function connectInProcess(options: OpenRuntimeOptions, person?: Person, settings: McpSettings = { asks: "nobody" }): Promise<{ readonly client: Client; readonly connection: McpConnection; readonly runtime: Runtime; readonly host: FakeHost }> {
  const { runtime, host } = await openRuntime(options);
  const transport: Transport = { start: async () => undefined, send: async (message) => void connection.receive(message), close: () => connection.close() };
  const connection = await openMcpConnection({ runtime, clock: host.clock, principal: owner, origin: "cli", settings, send: (message) => transport.onmessage?.(message as Parameters<NonNullable<Transport["onmessage"]>>[0]) });
  return { client: await connectClient(transport, person), connection, runtime, host };
}
