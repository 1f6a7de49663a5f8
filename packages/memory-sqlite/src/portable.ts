import type { ExportedEpisode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Arrival } from "./arrival.ts";
import { isTime, kinds, scopeNames } from "./arrival.ts";

/** An exported episode as it is taken in, with what was learned. Throws `memory.failed` for one that does not have the form. */
export function toPortable(exported: ExportedEpisode | null | undefined, now: number): Arrival {
  if (typeof exported !== "object" || exported === null) return refuse(exported);
  const { id, kind, text, q, uses, successes, failures, createdAt, lastUsedAt, standing = "kept", scope, source, ...rest } = exported;
  const isWhole =
    [id, kind, text, scope?.scope, scope?.owner].every((part) => typeof part === "string") &&
    kinds.includes(kind) &&
    scopeNames.includes(scope.scope) &&
    ["kept", "retired", "promoted"].includes(standing) &&
    typeof source?.trusted === "boolean" &&
    [uses, successes, failures].every((count) => Number.isSafeInteger(count) && count >= 0) &&
    [rest.at, createdAt, lastUsedAt].every(isTime) &&
    Number.isFinite(q) &&
    q >= 0 &&
    q <= 1;
  if (!isWhole) return refuse(exported);
  return { episode: { id, kind, text, scope, source, ...rest }, id, now, learned: { q, uses, successes, failures, createdAt, lastUsedAt, standing } };
}

function refuse(exported: unknown): never {
  throw new OmniError("memory.failed", `An exported episode does not have the form of one (${JSON.stringify(exported)?.slice(0, 120)}); what came before it was taken in.`);
}
