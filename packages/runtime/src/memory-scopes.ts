import type { MemoryScope, ScopeReference } from "@omni/core";

/** Scopes from the narrowest to the widest. */
const order: readonly MemoryScope[] = ["session", "user", "agent", "global"];

/** The one agent there is. */
const defaultAgent = "default";

/**
 * Where a turn looks for memories, the narrowest scope first. The last is
 * also where it keeps what it learns: with `session` nothing leaves the
 * session, with `user` a person's sessions share what they know.
 */
export function toScopes(widest: MemoryScope, { sessionId, principal }: { readonly sessionId: string; readonly principal: { readonly id: string } }): readonly ScopeReference[] {
  const owners: Readonly<Record<MemoryScope, string>> = { session: sessionId, user: principal.id, agent: defaultAgent, global: "all" };
  return order.slice(0, order.indexOf(widest) + 1).map((scope) => ({ scope, owner: owners[scope] }));
}

/** Where a turn keeps what it learns. */
export function toKeepingScope(widest: MemoryScope, turn: { readonly sessionId: string; readonly principal: { readonly id: string } }): ScopeReference {
  return toScopes(widest, turn).at(-1) ?? { scope: "session", owner: turn.sessionId };
}
