import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Call, GatewayParts, Route, Transport } from "./route.ts";
import type { ErrorContext } from "./responses.ts";
import type { RateLimitOptions } from "./rate-limit.ts";
import type { Upgrade } from "./web-socket/socket-hub.ts";
import { authenticate, authorise, nobody } from "./auth.ts";
import { createRateLimit, toPeerKey } from "./rate-limit.ts";
import { readJsonBody } from "./request-body.ts";
import { toErrorResponse } from "./responses.ts";

/** What comes with each request besides itself. */
export interface AppBindings {
  readonly transport: Transport;
  readonly requestId: string;
  readonly peer?: string;
  readonly upgrade?: Upgrade;
}

/** The routes as one function. */
export interface App {
  fetch(request: Request, bindings: AppBindings): Response | Promise<Response>;
}

interface Variables {
  Bindings: AppBindings;
}

/** How often something may be asked for. */
export interface GateRates {
  /** By one token: enough for any program that means well, and a bound for one that loops. */
  readonly requests: RateLimitOptions;
  /** By one address without a token that is known. A good token is taken however many bad ones came before it. */
  readonly refusals: RateLimitOptions;
}

/** The rates where nobody says otherwise. */
const usualRates: GateRates = { requests: { burst: 10_000, perSecond: 5_000, keys: 1_024 }, refusals: { burst: 100, perSecond: 1, keys: 4_096 } };

/** What an app is made with besides its parts. */
export interface AppOptions {
  readonly rates?: Partial<GateRates>;
  /** True once nothing but `/healthz` and `/readyz` is answered any more. */
  isClosed(): boolean;
}

/** Makes the app of the route table. */
export function createApp(gateway: GatewayParts, options: AppOptions): App {
  const app = new Hono<Variables>();
  const gate = createGate(gateway, options);
  const allowed = toAllowed(gateway.routes);
  for (const route of gateway.routes) app.on(route.method, toPattern(route), (context) => answer(route, context, { gateway, gate, allow: allowed.get(toPattern(route)) ?? "" }));
  for (const [path, allow] of allowed) app.all(path, (context) => counted(toWrongMethod(allow, { principal: nobody, requestId: context.env.requestId }), context, gateway));
  app.notFound((context) => fail(new OmniError("request.not-found", "There is no such route."), context, gateway));
  app.onError((error, context) => fail(error, context, gateway));
  return app;
}

/** The answer where no route was reached. */
function fail(error: unknown, context: Context<Variables>, gateway: GatewayParts): Response {
  return counted(toErrorResponse(toOmniError(error), { principal: nobody, requestId: context.env.requestId }), context, gateway);
}

/** A response of no route, counted. */
function counted(response: Response, { req }: Context<Variables>, { metrics }: GatewayParts): Response {
  metrics.answered({ method: req.method, route: "none", status: response.status, milliseconds: 0 });
  return response;
}

/** The answer to a method that a path does not take. */
function toWrongMethod(allow: string, context: ErrorContext): Response {
  const response = toErrorResponse(new OmniError("request.method", `This route takes ${allow}.`), context);
  response.headers.set("allow", allow);
  return response;
}

/** Each path with the methods it takes, as in `Allow`. */
function toAllowed(routes: readonly Route[]): ReadonlyMap<string, string> {
  const allowed = new Map<string, string>();
  for (const route of routes) {
    const path = toPattern(route);
    const names = route.method === "GET" && route.takesHead !== false ? "GET, HEAD" : route.method;
    allowed.set(path, [allowed.get(path), names].filter((each) => each !== undefined).join(", "));
  }
  return allowed;
}

/** The route's path as the router takes it. */
function toPattern({ path, takesRest }: Route): string {
  return takesRest === true ? `${path}{.+}` : path;
}

/** What is asked about the gateway itself: answered without a body in every phase of its life. */
const probes: readonly string[] = ["/healthz", "/readyz"];

/** Lets a request through to its route, or throws what it is refused with. */
type Gate = (route: Route, context: Context<Variables>) => Promise<Call["principal"]>;

/** First who it is, then how often, then what they may. */
function createGate({ clock, metrics, runtime }: GatewayParts, { rates, isClosed }: AppOptions): Gate {
  const requests = createRateLimit(clock, rates?.requests ?? usualRates.requests);
  const refusals = createRateLimit(clock, rates?.refusals ?? usualRates.refusals);
  const tooOften = (retryAfterMs: number, what: string): OmniError => {
    metrics.refused("rate");
    return new OmniError("request.too-many", `${what}; try again in ${Math.ceil(retryAfterMs / 1_000)} s.`, { retryable: true, retryAfterMs });
  };
  return async (route, { env, req }) => {
    if (isClosed() && !probes.includes(route.path)) throw new OmniError("gateway.draining", "Omni is stopping; try again in a moment.", { retryAfterMs: 2_000 });
    if (route.auth !== "bearer") return nobody;
    let principal: Call["principal"];
    try {
      principal = await authenticate(req.raw, env.transport, runtime.tokens);
    } catch (error) {
      if (!isMissing(error)) throw error;
      metrics.refused("token");
      const wait = env.peer === undefined ? 0 : refusals.take(toPeerKey(env.peer));
      throw wait === 0 ? error : tooOften(wait, "Too many requests without a token that is known here");
    }
    const wait = env.transport === "socket" ? 0 : requests.take(principal.id);
    if (wait > 0) throw tooOften(wait, "Too many requests with this token");
    authorise(principal, route);
    return principal;
  };
}

/** Milliseconds that a token is taken for good without looking again. */
const lookAgainMs = 1_000;

/** What a request may do, looked at again while it is worked on. */
interface Authority {
  /** Rejects where it cannot be read. */
  isStillAllowed(): Promise<boolean>;
  /** Throws `auth.missing` where the token is no longer good, and what the look itself failed with. Looks only where the last look was a second ago. */
  confirm(): Promise<void>;
}

function createAuthority(route: Route, { env, req }: Context<Variables>, { clock, runtime }: GatewayParts): Authority {
  let lookedAt = clock.monotonic();
  const isStillAllowed = async (): Promise<boolean> => {
    try {
      const { scopes } = await authenticate(req.raw, env.transport, runtime.tokens);
      return route.scopes.some((scope) => scopes.includes(scope));
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };
  return {
    isStillAllowed,
    async confirm() {
      const now = clock.monotonic();
      if (route.auth !== "bearer" || now - lookedAt < lookAgainMs) return;
      if (!(await isStillAllowed())) throw new OmniError("auth.missing", "The token was revoked or has expired while this was worked on.");
      lookedAt = now;
    },
  };
}

/** True where it is sure that nobody is known by this token: a store that cannot be read says nothing about it. */
function isMissing(error: unknown): boolean {
  return isOmniError(error) && error.code === "auth.missing";
}

/** What a route is answered with. */
interface Answering {
  readonly gateway: GatewayParts;
  readonly gate: Gate;
  /** The methods of its path. */
  readonly allow: string;
}

/** One request on its route. */
async function answer(route: Route, context: Context<Variables>, { gateway, gate, allow }: Answering): Promise<Response> {
  const { transport, requestId, peer, upgrade } = context.env;
  const { clock, metrics } = gateway;
  const request = context.req.raw;
  const begun = clock.monotonic();
  let principal = nobody;
  let response: Response;
  try {
    const { isStillAllowed, confirm } = createAuthority(route, context, gateway);
    principal = await gate(route, context);
    const readBody: Call["readBody"] = async (maxBytes) => {
      const body = await readJsonBody(request, maxBytes);
      await confirm();
      return body;
    };
    const call: Call = { request, requestId, principal, transport, peer, param: (name) => context.req.param(name) ?? "", isStillAllowed, readBody, ...(upgrade === undefined ? {} : { upgrade }) };
    // The router takes HEAD for a GET whose body nobody reads.
    const isRefused = request.method === "HEAD" && route.takesHead === false;
    response = isRefused ? toWrongMethod(allow, call) : await withdrawUnless(confirm, await route.handle(call, gateway));
  } catch (error) {
    if (!isOmniError(error) || error.code === "internal") {
      gateway.runtime.log.error("a request broke", { requestId, route: route.path, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    response = toErrorResponse(toOmniError(error), { principal, requestId });
  }
  metrics.answered({ method: request.method, route: route.path, status: response.status, milliseconds: clock.monotonic() - begun });
  return response;
}

/** The response, unless whoever waited for it has lost the token meanwhile, as one that reads a stream may. What is done is told where that cannot be read, so also while the gateway stops. */
async function withdrawUnless(confirm: Authority["confirm"], response: Response): Promise<Response> {
  try {
    await confirm();
  } catch (error) {
    if (!isMissing(error)) return response;
    await response.body?.cancel();
    throw error;
  }
  return response;
}
