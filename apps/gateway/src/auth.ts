import type { Principal, Scope } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AccessTokens } from "@omni/runtime";
import type { Route, Transport } from "./route.ts";

const allScopes: readonly Scope[] = ["read", "chat", "approve", "admin"];

/** Whoever can open the home's own socket. */
const owner: Principal = { id: "owner", scopes: allScopes };

/** Somebody of whom nothing is known. */
export const nobody: Principal = { id: "nobody", scopes: [] };

/**
 * Who makes this request. On the socket the owner; on TCP whoever holds the
 * bearer token, from wherever it comes. Throws `auth.missing`.
 */
export async function authenticate(request: Request, transport: Transport, tokens: AccessTokens): Promise<Principal> {
  if (transport === "socket") return owner;
  const token = /^Bearer +([\x21-\x7e]{1,256})$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const principal = token === undefined ? undefined : await tokens.verify(token);
  if (principal === undefined) throw new OmniError("auth.missing", 'This takes a token that is known here, as "Authorization: Bearer TOKEN"; make one with: omni tokens add NAME --scopes read,chat');
  return principal;
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
