import type { Clock } from "@omni/core";
import type { Runtime, RuntimeOptions } from "@omni/runtime";
import type { McpSettings } from "./mcp-place.ts";
import { createGateway } from "../create-gateway.ts";
import { listen } from "../listen.ts";

/** How long responses may take to leave at the end, in milliseconds. */
const graceMs = 1_000;

/** Where it listens: nothing but this machine reaches it. */
const host = "127.0.0.1";

/** What MCP over HTTP is served with. */
export interface ServeMcpOptions {
  readonly runtime: Runtime;
  readonly config: Pick<RuntimeOptions["config"], "gateway">;
  readonly clock: Clock;
  /** 0 picks a free one. */
  readonly port: number;
  readonly settings: McpSettings;
}

/** MCP over HTTP that is up. */
export interface ServedMcp {
  /** The address a client is given. */
  readonly url: string;
  /** Ends sessions and connections. */
  close(): Promise<void>;
}

/**
 * Serves the route `/mcp` alone on a port of this machine: the gateway's own
 * gate, tokens and bounds, without the home's lock, so also beside a gateway.
 * Throws `gateway.bind`.
 */
export async function serveMcp({ runtime, config, clock, port, settings }: ServeMcpOptions): Promise<ServedMcp> {
  const gateway = createGateway(runtime, { clock, maxBodyBytes: config.gateway.maxBodyBytes, paths: ["/mcp", "/healthz", "/readyz"], mcp: settings });
  const listener = await listen(gateway, { host, port });
  gateway.enter("ready");
  return {
    url: `http://${host}:${listener.port}/mcp`,
    async close() {
      gateway.enter("closed");
      await listener.close(graceMs);
    },
  };
}
