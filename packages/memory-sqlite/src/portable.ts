import type { ExportedEpisode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Arrival } from "./arrival.ts";
import { kinds, scopeNames } from "./arrival.ts";

/** An exported episode as it is taken in, with what was learned. Throws `memory.failed` for one that does not have the form. */
export function toPortable(exported: ExportedEpisode, now: number): Arrival {
  const { id, kind, text, q, uses, successes, failures, createdAt, lastUsedAt, standing = "kept", scope, source, ...rest } = exported;
  const numbers = { q, uses, successes, failures, createdAt, lastUsedAt };
  const isWhole =
    [id, kind, text, scope?.scope, scope?.owner].every((part) => typeof part === "string") &&
    kinds.includes(kind) &&
    scopeNames.includes(scope.scope) &&
    ["kept", "retired", "promoted"].includes(standing) &&
    typeof source?.trusted === "boolean" &&
    Object.values(numbers).every(Number.isFinite) &&
    q >= 0 &&
    q <= 1;
  if (!isWhole) throw new OmniError("memory.failed", `An exported episode does not have the form of one (${JSON.stringify(exported)?.slice(0, 120)}); what came before it was taken in.`);
  return { episode: { id, kind, text, scope, source, ...rest }, id, now, learned: { ...numbers, standing } };
}
