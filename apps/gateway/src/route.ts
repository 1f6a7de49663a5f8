import type { Clock, JsonSchema, Principal, Scope } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { JsonBody } from "./request-body.ts";
import type { McpHub } from "./mcp/mcp-hub.ts";
import type { SocketHub, Upgrade } from "./web-socket/socket-hub.ts";
import type { WebhookGuard } from "./webhook-guard.ts";

/** Where a request came in: the network, or the home's own socket. */
export type Transport = "tcp" | "socket";

/** One request that has passed the gate. */
export interface Call {
  readonly request: Request;
  readonly requestId: string;
  /** Nobody (no scopes) on a route that needs no token. */
  readonly principal: Principal;
  readonly transport: Transport;
  /** Address of the other side; undefined on the owner's socket. It authenticates nobody: it only bounds what one place may try. */
  readonly peer: string | undefined;
  /** A part of the path by its name in the route; empty when there is none. */
  param(name: string): string;
  /** Looks again whether the principal still may do this: a revoked token may not. Rejects where that cannot be read. */
  isStillAllowed(): Promise<boolean>;
  /** The body, as `readJsonBody` has it. One that took a second or more to come is worth nothing where the token was revoked meanwhile: throws `auth.missing`. */
  readBody(maxBytes: number): Promise<JsonBody>;
  /** The connection itself, where the client asks to go on with another protocol on it. */
  readonly upgrade?: Upgrade;
}

/** What routes work with. */
export interface GatewayParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly metrics: GatewayMetrics;
  /** The open WebSockets. */
  readonly sockets: SocketHub;
  /** What requests may cost whose signature nobody has looked at yet. */
  readonly webhooks: WebhookGuard;
  /** The MCP clients that come over HTTP. */
  readonly mcp: McpHub;
  /** Every route there is. */
  readonly routes: readonly Route[];
  /** True once recovery was taken up and until the gateway drains. */
  isReady(): boolean;
}

/** A value that stands in the query, or in a header. */
export interface RouteParameter {
  readonly in: "query" | "header";
  readonly name: string;
  readonly about: string;
  readonly schema: JsonSchema;
}

/** One way in which a route answers when all is well. */
export interface RouteAnswer {
  readonly about: string;
  /** Of the JSON body; absent where there is none, or where `contentType` says that it is something else. */
  readonly schema?: JsonSchema;
  readonly contentType?: string;
  /** Another form than JSON that the client may ask for. */
  readonly orElse?: string;
}

/** One row of the route table. Every route says who may call it, and in what form. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Parts that begin with a colon are named parameters. */
  readonly path: string;
  /** True where the last parameter is all the rest of the path, slashes and all. */
  readonly takesRest?: true;
  /** False for a GET that answers with a stream which would stay open for HEAD too, so that HEAD is refused. */
  readonly takesHead?: false;
  /** `signature`: the channel that is called knows the signature of its platform. */
  readonly auth: "none" | "bearer" | "signature";
  /** Any one of these is enough; empty where no token is needed. */
  readonly scopes: readonly Scope[];
  /** What it does, in a sentence. */
  readonly about: string;
  readonly parameters?: readonly RouteParameter[];
  /** Schema of the JSON body; absent where none is read. */
  readonly body?: JsonSchema;
  /** By status. Errors have one form everywhere and are not listed. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  handle(call: Call, gateway: GatewayParts): Response | Promise<Response>;
}
