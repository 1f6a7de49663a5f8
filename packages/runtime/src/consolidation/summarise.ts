import { untilStopped } from "@omni/agent";
import type { HookContext } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { BatchSummary } from "./batch-summary.ts";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import type { TurnDigest } from "./turn-digest.ts";
import { askSummary } from "./ask-summary.ts";
import { extractSummary } from "./extract-summary.ts";
import { toSummaryRequest } from "./summary-request.ts";

/** What a summary is made with. */
export type SummaryParts = Pick<ConsolidationParts, "provider" | "hooks" | "tokens" | "contextTokens" | "clock" | "log">;

/** Which session is summed up, and what ends it. */
export type SummaryContext = Pick<HookContext, "sessionId" | "signal">;

/**
 * The summary of a batch, by the model where there is one: in one request, or
 * one after another where the context is too small for all of its turns.
 * Without a model, with one that this request will never do for, or where a
 * hook refuses the request, by the turns' own sentences. Any other failure is
 * the caller's: what can be done well later is not done badly now.
 */
export async function summarise(previous: string, digests: readonly TurnDigest[], parts: SummaryParts, context: SummaryContext): Promise<BatchSummary> {
  const contextTokens = await untilStopped(parts.contextTokens(), context.signal, parts.clock);
  const request = toSummaryRequest({ previous, digests, contextTokens }, parts.tokens);
  if (request === undefined && digests.length > 1) {
    const half = Math.ceil(digests.length / 2);
    const first = await summarise(previous, digests.slice(0, half), parts, context);
    const rest = await summarise(first.summary, digests.slice(half), parts, context);
    return { summary: rest.summary, experiences: [...first.experiences, ...rest.experiences] };
  }
  try {
    if (request === undefined) throw new OmniError("provider.context-too-long", `A context of ${contextTokens} tokens is too small for a summary; raise agent.contextTokens or choose another model.`);
    return await askSummary(request, parts, { ...context, turnId: digests.at(-1)?.turnId ?? "" });
  } catch (error) {
    if (context.signal.aborted || !isOmniError(error) || !isFinal(error)) throw error;
    if (error.code !== "no-model") parts.log.warn("a summary is made of the turns' own sentences", { message: error.message });
    return extractSummary(previous, digests);
  }
}

/** True where the same request would fail again: waiting for it would keep the turns in the window for good. */
function isFinal({ code, retryable }: OmniError): boolean {
  return code === "no-model" || code === "turn.vetoed" || (code.startsWith("provider.") && !retryable);
}
