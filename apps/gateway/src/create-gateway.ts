import type { Clock } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import type { App, GateRates } from "./create-app.ts";
import type { McpHub } from "./mcp/mcp-hub.ts";
import type { McpSettings } from "./mcp/mcp-place.ts";
import type { SocketBounds, SocketHub, Upgrade } from "./web-socket/socket-hub.ts";
import type { Transport } from "./route.ts";
import { checkOrigin } from "./check-origin.ts";
import { nobody } from "./auth.ts";
import { toErrorResponse, toStandardHeaders } from "./responses.ts";

/** What a gateway is made with. */
export interface GatewayOptions {
  readonly clock: Clock;
  /** Most bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Names and addresses, without port, that requests over TCP may name as their host besides those of loopback. */
  readonly hosts?: readonly string[];
  /** How often one token, and one address without a token, may ask. */
  readonly rates?: Partial<GateRates>;
  /** How many WebSockets may be open; 3,072, and 2,048 with one token, when absent. */
  readonly sockets?: SocketBounds;
  /** The only paths of the route table that there are; all of them when absent. */
  readonly paths?: readonly string[];
  /** How calls of MCP clients run; where they ask, people of the home are asked, when absent. */
  readonly mcp?: McpSettings;
}

/** The HTTP surface of one runtime, without a port. */
export interface Gateway {
  /** Answers a request that came in over `transport`. Never rejects. */
  fetch(request: Request, transport: Transport, connection?: ConnectionInfo): Promise<Response>;
  /** Loads what the first request needs, so that it does not wait for that. */
  load(): Promise<void>;
  /** Says where the gateway is in its life; `starting` at first. Only `ready` answers 200 on `/readyz`, and `closed` answers 503 on every route but `/healthz`, without a body on `/readyz`. */
  enter(phase: GatewayPhase): void;
}

/** What is known of the connection a request came on. */
export interface ConnectionInfo {
  /** Address of the other side. */
  readonly peer?: string;
  /** The connection itself, where the client asks to go on with another protocol on it. */
  readonly upgrade?: Upgrade;
}

/** Where a gateway is in its life. */
export type GatewayPhase = "starting" | "ready" | "draining" | "closed";

/** Makes a gateway over a runtime. It takes messages as soon as it is made; what it says of itself is up to `enter`. */
export function createGateway(runtime: Runtime, options: GatewayOptions): Gateway {
  const { clock, maxBodyBytes } = options;
  let phase: GatewayPhase = "starting";
  const hosts = (options.hosts ?? []).map((host) => host.toLowerCase());
  // The routes and their framework are loaded for the first request: nobody is answered before the gateway listens.
  let loading: Promise<App> | undefined;
  let sockets: SocketHub | undefined;
  let mcp: McpHub | undefined;
  const load = async (): Promise<App> => {
    const [{ createApp }, { routeTable }, { createSocketHub }, { createGatewayMetrics }, { createWebhookGuard }, { createMcpHub }] = await Promise.all([
      import("./create-app.ts"),
      import("./route-table.ts"),
      import("./web-socket/socket-hub.ts"),
      import("./gateway-metrics.ts"),
      import("./webhook-guard.ts"),
      import("./mcp/mcp-hub.ts"),
    ]);
    const metrics = createGatewayMetrics();
    mcp = createMcpHub({ runtime, clock, maxBodyBytes, metrics, settings: options.mcp ?? { asks: "people" } });
    const routes = routeTable.filter(({ path }) => options.paths?.includes(path) ?? true);
    const parts = { runtime, clock, maxBodyBytes, metrics, webhooks: createWebhookGuard(clock), mcp, routes, isReady: () => phase === "ready" };
    sockets = createSocketHub(parts, options.sockets);
    return createApp({ ...parts, sockets }, { isClosed: () => phase === "closed", ...(options.rates === undefined ? {} : { rates: options.rates }) });
  };
  const getApp = (): Promise<App> => (loading ??= load());
  return {
    async fetch(request, transport, connection = {}) {
      const requestId = crypto.randomUUID();
      const finish = (response: Response): Response => toFinished(response, requestId, phase);
      try {
        if (transport === "tcp") checkOrigin(request, hosts);
        const app = await getApp();
        return finish(await app.fetch(request, { transport, requestId, ...connection }));
      } catch (error) {
        return finish(toErrorResponse(toOmniError(error), { principal: nobody, requestId }));
      }
    },
    load: async () => void (await getApp()),
    enter(next) {
      phase = next;
      if (next !== "closed") return;
      sockets?.close();
      mcp?.close();
    },
  };
}

/** Connections are not kept once the gateway goes down, nor after a body that was not read to its end. */
function toFinished(response: Response, requestId: string, phase: GatewayPhase): Response {
  for (const [name, value] of Object.entries(toStandardHeaders(requestId))) response.headers.set(name, value);
  if (phase === "draining" || phase === "closed" || response.status === 413) response.headers.set("connection", "close");
  return response;
}
