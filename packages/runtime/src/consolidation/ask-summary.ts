import { runModelCallHooks, stoppable } from "@omni/agent";
import type { HookContext, ModelRequest } from "@omni/core";
import { OmniError } from "@omni/core";
import type { BatchSummary, Experience } from "./batch-summary.ts";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import { limited } from "../limited.ts";
import { mostSummaryCharacters } from "./batch-summary.ts";

/** How long one answer may take, milliseconds: a slow model at home writes it in some minutes, and one that never ends would hold a place for good. */
const answerMs = 600_000;

/** Most experiences that are taken from one reply, and characters of one field. */
const mostExperiences = 16;
const mostFieldCharacters = 1_000;

/**
 * Asks the model for the summary of a batch, as the hooks let the request
 * through. Throws `turn.vetoed` where one of them refuses it, `provider.*` as
 * the provider does, `provider.stalled` where there is no answer within ten
 * minutes, and `provider.bad-response` for an answer that is no such summary.
 * A provider that does not heed the signal is left behind soon after it.
 */
export async function askSummary(request: ModelRequest, parts: SummarySource, context: HookContext): Promise<BatchSummary> {
  const { clock } = parts;
  const late = (): OmniError => new OmniError("provider.stalled", `The model did not write a summary within ${answerMs} ms; try again later.`, { retryable: true });
  return limited((signal) => ask(request, parts, { ...context, signal }), { clock, signal: context.signal, milliseconds: answerMs, late });
}

/** Whom a summary is asked of. */
type SummarySource = Pick<ConsolidationParts, "provider" | "hooks" | "clock" | "log">;

async function ask(request: ModelRequest, parts: SummarySource, context: HookContext): Promise<BatchSummary> {
  const { signal } = context;
  const hooked = await runModelCallHooks(request, context, parts);
  signal.throwIfAborted();
  if ("veto" in hooked) throw new OmniError("turn.vetoed", `The request for a summary was refused by a hook: ${hooked.veto}`);
  let reply = "";
  for await (const event of stoppable(parts.provider.stream(hooked, signal), signal, parts.clock)) if (event.type === "text-delta") reply += event.text;
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
