import type { ScopeReference } from "@omni/core";
import type { Database } from "./database.ts";

/** Scopes that exist, and how many episodes lie in them together. */
export interface KnownScopes {
  readonly seqs: readonly number[];
  readonly episodes: number;
}

/** The numbers of those scopes that have episodes; each once. */
export function findScopes(database: Database, scopes: readonly ScopeReference[]): KnownScopes {
  const seqs = new Map<number, number>();
  for (const { scope, owner } of scopes) {
    const row = database.get<{ seq: number; episodes: number }>("SELECT seq, episodes FROM scope WHERE scope = ? AND owner = ?", scope, owner);
    if (row !== undefined) seqs.set(row.seq, row.episodes);
  }
  return { seqs: [...seqs.keys()], episodes: [...seqs.values()].reduce((sum, count) => sum + count, 0) };
}

/** The number of a scope, made where it is new. Inside the caller's transaction. */
export function ensureScope(database: Database, { scope, owner }: ScopeReference): number {
  const known = database.get<{ seq: number }>("SELECT seq FROM scope WHERE scope = ? AND owner = ?", scope, owner);
  return known?.seq ?? database.insert("INSERT INTO scope (scope, owner) VALUES (?, ?)", scope, owner);
}
