import type { Episode, MemoryStanding, RecalledEpisode } from "@omni/core";
import { toScopeName } from "./given-scopes.ts";

/** A memory as it is listed: times are ISO 8601, shares in [0, 1]. */
export interface MemoryView {
  readonly id: string;
  readonly kind: Episode["kind"];
  readonly text: string;
  readonly standing: MemoryStanding;
  readonly utility: number;
  readonly uses: number;
  readonly successes: number;
  readonly failures: number;
  readonly speaker?: string;
  readonly source: Episode["source"];
  /** `user:owner`, as `--scope` takes it. */
  readonly scope: string;
  readonly at: string | null;
  /** Null for one that no outcome was credited to. */
  readonly usedAt: string | null;
}

/** A memory that fits some words. */
export type FoundMemory = Pick<MemoryView, "id" | "kind" | "text" | "speaker" | "source" | "scope" | "at"> & Pick<RecalledEpisode, "score" | "similarity" | "utility">;

/** A memory for people and programs. */
export function toMemoryView(episode: Episode): MemoryView {
  const { id, kind, text, standing = "kept", q, uses, successes, failures, speaker, source, scope, at, lastUsedAt } = episode;
  return {
    id,
    kind,
    text,
    standing,
    utility: q,
    uses,
    successes,
    failures,
    ...(speaker === undefined ? {} : { speaker }),
    source,
    scope: toScopeName(scope),
    at: toTime(at),
    usedAt: uses === 0 ? null : toTime(lastUsedAt),
  };
}

/** What a search found of a memory, with the numbers that put it in its place. */
export function toFoundMemory({ episode, score, similarity, utility }: RecalledEpisode): FoundMemory {
  const { id, kind, text, speaker, source, scope, at } = episode;
  return { id, kind, score, similarity, utility, text, ...(speaker === undefined ? {} : { speaker }), source, scope: toScopeName(scope), at: toTime(at) };
}

/** Null for a number that is no time. */
function toTime(at: number): string | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
