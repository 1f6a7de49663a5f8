import type { ScopeReference } from "@omni/core";
import type { Database } from "./database.ts";
import { toExactText } from "./exact-text.ts";

/** Scopes that exist, and how many episodes lie in them together. */
export interface KnownScopes {
  readonly seqs: readonly number[];
  readonly episodes: number;
}

/** The scopes are gone through in the order in which they are named, and each is looked up by its name. */
const scopesSql = `SELECT scope.seq, scope.episodes FROM json_each(?) AS named
  CROSS JOIN scope ON scope.scope = named.value ->> 0 AND scope.owner = named.value ->> 1 ORDER BY named.key`;

/** The numbers of those scopes that have episodes; each once, in the order in which they are named. */
export function findScopes(database: Database, scopes: readonly ScopeReference[]): KnownScopes {
  const named = JSON.stringify(scopes.map(({ scope, owner }) => [toExactText(scope), toExactText(owner)]));
  const seqs = new Map(database.rows<{ seq: number; episodes: number }>(scopesSql, named).map(({ seq, episodes }) => [seq, episodes]));
  return { seqs: [...seqs.keys()], episodes: [...seqs.values()].reduce((sum, count) => sum + count, 0) };
}

/** The number of a scope, made where it is new. Inside the caller's transaction. */
export function ensureScope(database: Database, { scope, owner }: ScopeReference): number {
  const known = database.get<{ seq: number }>("SELECT seq FROM scope WHERE scope = ? AND owner = ?", scope, owner);
  return known?.seq ?? database.insert("INSERT INTO scope (scope, owner) VALUES (?, ?)", scope, owner);
}
