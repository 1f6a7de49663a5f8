import type { Clock } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import type { App } from "./create-app.ts";
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
}

/** The HTTP surface of one runtime, without a port. */
export interface Gateway {
  /** Answers a request that came in over `transport`. Never rejects. */
  fetch(request: Request, transport: Transport): Promise<Response>;
  /** Loads what the first request needs, so that it does not wait for that. */
  load(): Promise<void>;
  /** Says where the gateway is in its life; `starting` at first. Only `ready` answers 200 on `/readyz`, and `closed` answers 503 on every route but `/healthz`. */
  enter(phase: GatewayPhase): void;
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
  const load = async (): Promise<App> => {
    const { createApp } = await import("./create-app.ts");
    return createApp({ runtime, clock, maxBodyBytes, isReady: () => phase === "ready" }, () => phase === "closed");
  };
  const getApp = (): Promise<App> => (loading ??= load());
  return {
    async fetch(request, transport) {
      const requestId = crypto.randomUUID();
      const finish = (response: Response): Response => toFinished(response, requestId, phase);
      try {
        if (transport === "tcp") checkOrigin(request, hosts);
        const app = await getApp();
        return finish(await app.fetch(request, { transport, requestId }));
      } catch (error) {
        return finish(toErrorResponse(toOmniError(error), { principal: nobody, requestId }));
      }
    },
    load: async () => void (await getApp()),
    enter(next) {
      phase = next;
    },
  };
}

/** Connections are not kept once the gateway goes down, nor after a body that was not read to its end. */
function toFinished(response: Response, requestId: string, phase: GatewayPhase): Response {
  for (const [name, value] of Object.entries(toStandardHeaders(requestId))) response.headers.set(name, value);
  if (phase === "draining" || phase === "closed" || response.status === 413) response.headers.set("connection", "close");
  return response;
}
