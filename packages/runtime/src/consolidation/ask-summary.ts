import { runModelCallHooks } from "@omni/agent";
import type { HookContext, ModelRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import type { BatchSummary, Experience } from "./batch-summary.ts";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import { mostSummaryCharacters } from "./batch-summary.ts";

/** Most experiences that are taken from one reply, and characters of one field. */
const mostExperiences = 16;
const mostFieldCharacters = 1_000;

/**
 * Asks the model for the summary of a batch, as the hooks let the request
 * through. Throws `turn.vetoed` where one of them refuses it, `provider.*` as
 * the provider does, and `provider.bad-response` for an answer that is no such
 * summary.
 */
export async function askSummary(request: ModelRequest, parts: Pick<ConsolidationParts, "provider" | "hooks" | "clock" | "log">, context: HookContext): Promise<BatchSummary> {
  const { signal } = context;
  const hooked = await runModelCallHooks(request, context, parts);
  signal.throwIfAborted();
  if ("veto" in hooked) throw new OmniError("turn.vetoed", `The request for a summary was refused by a hook: ${hooked.veto}`);
  let reply = "";
  for await (const event of parts.provider.stream(hooked, signal)) if (event.type === "text-delta") reply += event.text;
  // A provider may end quietly though it was told to stop.
  signal.throwIfAborted();
  const summary = toSummary(reply);
  if (summary === undefined) throw new OmniError("provider.bad-response", "The model was asked to summarise turns and answered something else.");
  return summary;
}

/** The summary in a reply, also where the model wrapped it in words or a fence. */
function toSummary(reply: string): BatchSummary | undefined {
  const start = reply.indexOf("{");
  const end = reply.lastIndexOf("}");
  if (start === -1 || end < start) return undefined;
  try {
    const value: unknown = JSON.parse(reply.slice(start, end + 1));
    if (typeof value !== "object" || value === null || !("summary" in value) || typeof value.summary !== "string" || value.summary.trim() === "") return undefined;
    const given: unknown = "experiences" in value ? value.experiences : [];
    const experiences = Array.isArray(given) ? given.map(toExperience).filter((each) => each !== undefined) : [];
    return { summary: value.summary.trim().slice(0, mostSummaryCharacters), experiences: experiences.slice(0, mostExperiences) };
  } catch {
    return undefined;
  }
}

function toExperience(value: unknown): Experience | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const field = (name: string): string => {
    const text: unknown = Reflect.get(value, name);
    return typeof text === "string" ? text.trim().slice(0, mostFieldCharacters) : "";
  };
  const experience = { intent: field("intent"), experience: field("experience"), outcome: field("outcome") };
  return experience.intent === "" || experience.experience + experience.outcome === "" ? undefined : experience;
}
