import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Clock, Principal } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import type { McpSettings } from "./mcp-place.ts";
import { createMcpServer } from "./mcp-server.ts";

/** One client whose messages come and go one by one, with nothing between it and the runtime. */
export interface McpConnection {
  /** Takes a message of the client; false for one that is not of the protocol. */
  receive(message: object): boolean;
  /** Stops what runs for the client. Idempotent. */
  close(): Promise<void>;
}

/** What a connection is made from. */
export interface McpConnectionOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly principal: Principal;
  /** The entrance its calls are recorded under. */
  readonly origin: string;
  readonly settings: McpSettings;
  /** Sends a message to the client. */
  send(message: object): void;
}

/** Connects a client. */
export async function connectMcp(options: McpConnectionOptions): Promise<McpConnection> {
  const { runtime } = options;
  const transport: Transport = {
    start: async () => undefined,
    send: async (message) => options.send(message),
    close: async () => transport.onclose?.(),
  };
  const server = createMcpServer({ ...options, submit: runtime.submit });
  await server.connect(transport);
  return {
    receive(given) {
      const message = JSONRPCMessageSchema.safeParse(given);
      if (message.success) transport.onmessage?.(message.data);
      return message.success;
    },
    close: () => server.close(),
  };
}
