import type { Clock, Principal, Scope } from "@omni/core";
import type { Runtime } from "@omni/runtime";

/** Where a request came in: the network, or the home's own socket. */
export type Transport = "tcp" | "socket";

/** One request that has passed the gate. */
export interface Call {
  readonly request: Request;
  readonly requestId: string;
  /** Nobody (no scopes) on a route that needs no token. */
  readonly principal: Principal;
  readonly query: URLSearchParams;
  /** A part of the path by its name in the route; empty when there is none. */
  param(name: string): string;
  /** Looks again whether the principal still may do this: a revoked token may not. */
  isStillAllowed(): Promise<boolean>;
}

/** What routes work with. */
export interface GatewayParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  /** True once recovery was taken up and until the gateway drains. */
  isReady(): boolean;
}

/** One row of the route table. Every route says who may call it. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Parts that begin with a colon are named parameters. */
  readonly path: string;
  readonly auth: "none" | "bearer";
  /** Any one of these is enough; empty where `auth` is `none`. */
  readonly scopes: readonly Scope[];
  handle(call: Call, gateway: GatewayParts): Response | Promise<Response>;
}
