import type { ExportedEpisode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { StoredEpisode } from "./stored-episode.ts";
import { isTime } from "./stored-episode.ts";

/** An exported episode as it is kept. Throws `memory.failed` for one that does not have the form. */
export function fromExported(exported: ExportedEpisode | null | undefined): StoredEpisode {
  if (typeof exported !== "object" || exported === null) return refuse(exported);
  const { id, kind, text, intent, experience, outcome, q, uses, successes, failures, at, createdAt, lastUsedAt, scope, source } = exported;
  const hasTexts = [id, text, intent, experience, outcome, scope?.scope, scope?.owner].every((part) => typeof part === "string");
  const hasCounts = [uses, successes, failures].every((count) => Number.isSafeInteger(count) && count >= 0);
  const hasNumbers = hasCounts && [at, createdAt, lastUsedAt].every(isTime) && Number.isFinite(q) && q >= 0 && q <= 1;
  if (!hasTexts || !hasNumbers || !["episode", "passage", "fact"].includes(kind) || typeof source?.trusted !== "boolean") return refuse(exported);
  return exported;
}

function refuse(exported: unknown): never {
  throw new OmniError("memory.failed", `An exported episode does not have the form of one (${JSON.stringify(exported)?.slice(0, 120)}); what came before it was taken in.`);
}
