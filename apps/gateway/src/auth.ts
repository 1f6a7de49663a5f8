import type { Principal, Scope } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AccessTokens } from "@omni/runtime";
import type { Route, Transport } from "./route.ts";

const allScopes: readonly Scope[] = ["read", "chat", "approve", "admin"];

/** Whoever can open the home's own socket. */
const owner: Principal = { id: "owner", scopes: allScopes };

/** Somebody of whom nothing is known. */
export const nobody: Principal = { id: "nobody", scopes: [] };

/** The subprotocol that carries the token of a WebSocket, since a browser can set no header there: `omni.bearer.TOKEN`. */
const tokenProtocol = /^omni\.bearer\.([\x21-\x7e]{1,256})$/;

/**
 * Who makes this request. On the socket the owner; on TCP whoever holds the
 * bearer token, from wherever it comes. Throws `auth.missing`.
 */
export async function authenticate(request: Request, transport: Transport, tokens: AccessTokens): Promise<Principal> {
  if (transport === "socket") return owner;
  const token = toGivenToken(request.headers);
  const principal = token === undefined ? undefined : await tokens.verify(token);
  if (principal === undefined) throw new OmniError("auth.missing", 'This takes a token that is known here, as "Authorization: Bearer TOKEN"; make one with: omni tokens add NAME --scopes read,chat');
  return principal;
}

/** The token of the header, or of a WebSocket's subprotocols; the header counts where both are there. */
export function toGivenToken(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) return /^Bearer +([\x21-\x7e]{1,256})$/i.exec(authorization)?.[1];
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") return undefined;
  return toProtocols(headers.get("sec-websocket-protocol")).flatMap((protocol) => tokenProtocol.exec(protocol)?.[1] ?? [])[0];
}

function toProtocols(header: string | null): readonly string[] {
  return (header ?? "").split(",").map((each) => each.trim());
}

/** Throws `auth.forbidden` when the principal has none of the route's scopes. */
export function authorise(principal: Principal, route: Pick<Route, "scopes">): void {
  if (route.scopes.length === 0 || route.scopes.some((scope) => principal.scopes.includes(scope))) return;
  throw new OmniError("auth.forbidden", `This takes scope ${route.scopes.join(" or ")}; the token has ${principal.scopes.join(", ") || "none"}.`);
}

/** Only sessions of this entrance are seen; those of others take scope `admin`. */
export function maySee(principal: Principal, sessionId: string): boolean {
  return sessionId.startsWith("http:") || principal.scopes.includes("admin");
}
