import { randomUUID } from "node:crypto";
import type { Clock } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Call, GatewayParts, Route, Transport } from "./route.ts";
import { authenticate, authorise, nobody } from "./auth.ts";
import { checkOrigin } from "./check-origin.ts";
import { routeTable } from "./route-table.ts";
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
  /** Says where the gateway is in its life; `starting` at first. Only `ready` answers 200 on `/readyz`, and `closed` answers 503 on every route but `/healthz`. */
  enter(phase: GatewayPhase): void;
}

/** Where a gateway is in its life. */
export type GatewayPhase = "starting" | "ready" | "draining" | "closed";

interface Variables {
  Bindings: { readonly transport: Transport; readonly requestId: string };
}

/** Makes a gateway over a runtime. It takes messages as soon as it is made; what it says of itself is up to `enter`. */
export function createGateway(runtime: Runtime, options: GatewayOptions): Gateway {
  const { clock, maxBodyBytes } = options;
  let phase: GatewayPhase = "starting";
  const hosts = (options.hosts ?? []).map((host) => host.toLowerCase());
  const app = createApp({ runtime, clock, maxBodyBytes, isReady: () => phase === "ready" }, () => phase === "closed");
  return {
    async fetch(request, transport) {
      const requestId = randomUUID();
      const finish = (response: Response): Response => toFinished(response, requestId, phase);
      try {
        if (transport === "tcp") checkOrigin(request, hosts);
        return finish(await app.fetch(request, { transport, requestId }));
      } catch (error) {
        return finish(toErrorResponse(toOmniError(error), { principal: nobody, requestId }));
      }
    },
    enter(next) {
      phase = next;
    },
  };
}

function createApp(gateway: GatewayParts, isClosed: () => boolean): Hono<Variables> {
  const app = new Hono<Variables>();
  for (const route of routeTable) app.on(route.method, route.path, (context) => answer(route, context, gateway, isClosed()));
  for (const [path, allow] of toAllowed(routeTable)) {
    app.all(path, (context) => {
      const response = fail(new OmniError("request.method", `This route takes ${allow}.`), context);
      response.headers.set("allow", allow);
      return response;
    });
  }
  app.notFound((context) => fail(new OmniError("request.not-found", "There is no such route."), context));
  app.onError((error, context) => fail(error, context));
  return app;
}

function fail(error: unknown, context: Context<Variables>): Response {
  return toErrorResponse(toOmniError(error), { principal: nobody, requestId: context.env.requestId });
}

/** Each path with the methods it takes, as in `Allow`. */
function toAllowed(routes: readonly Route[]): ReadonlyMap<string, string> {
  const allowed = new Map<string, string>();
  for (const { path, method } of routes) {
    const names = method === "GET" ? "GET, HEAD" : method;
    allowed.set(path, [allowed.get(path), names].filter((each) => each !== undefined).join(", "));
  }
  return allowed;
}

/** One request on its route: first who it is, then what they may, then the rest. */
async function answer(route: Route, context: Context<Variables>, gateway: GatewayParts, isClosed: boolean): Promise<Response> {
  const { transport, requestId } = context.env;
  const { tokens, log } = gateway.runtime;
  const request = context.req.raw;
  let principal = nobody;
  try {
    if (isClosed && route.path !== "/healthz") throw new OmniError("gateway.draining", "Omni is stopping; try again in a moment.", { retryAfterMs: 2_000 });
    if (route.auth === "bearer") principal = await authenticate(request, transport, tokens);
    authorise(principal, route);
    const isStillAllowed = async (): Promise<boolean> => {
      const now = await authenticate(request, transport, tokens).catch(() => nobody);
      return route.scopes.some((scope) => now.scopes.includes(scope));
    };
    const call: Call = { request, requestId, principal, query: new URL(request.url).searchParams, param: (name) => context.req.param(name) ?? "", isStillAllowed };
    return await route.handle(call, gateway);
  } catch (error) {
    if (!isOmniError(error) || error.code === "internal") log.error("a request broke", { requestId, route: route.path, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return toErrorResponse(toOmniError(error), { principal, requestId });
  }
}

/** Connections are not kept once the gateway goes down, nor after a body that was not read to its end. */
function toFinished(response: Response, requestId: string, phase: GatewayPhase): Response {
  for (const [name, value] of Object.entries(toStandardHeaders(requestId))) response.headers.set(name, value);
  if (phase === "draining" || phase === "closed" || response.status === 413) response.headers.set("connection", "close");
  return response;
}
