import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Call, GatewayParts, Route, Transport } from "./route.ts";
import { authenticate, authorise, nobody } from "./auth.ts";
import { routeTable } from "./route-table.ts";
import { toErrorResponse } from "./responses.ts";

/** What comes with each request besides itself. */
export interface AppBindings {
  readonly transport: Transport;
  readonly requestId: string;
}

/** The routes as one function. */
export interface App {
  fetch(request: Request, bindings: AppBindings): Response | Promise<Response>;
}

interface Variables {
  Bindings: AppBindings;
}

/** Makes the app of the route table. */
export function createApp(gateway: GatewayParts, isClosed: () => boolean): App {
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
