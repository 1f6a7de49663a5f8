import type { ContentBlock, ToolResult, ToolResultEvent } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { TurnRun } from "./turn-run.ts";
import { fitContent, isWithin, toEnds } from "./offload.ts";
import { fitMedia } from "./fit-media.ts";
import { joinTexts } from "./result-text.ts";

/** A result as it is recorded: `checkpointId` is where the whole of its texts is, when `content` holds their head and tail only and they could be kept. */
export type FittedResult = Pick<ToolResultEvent, "content" | "checkpointId" | "structuredContent">;

/** The content of a result within its tokens. */
interface FittedContent extends Pick<FittedResult, "content" | "checkpointId"> {
  /** True where `content` is not the whole of its texts. */
  readonly isCut: boolean;
}

/** Tokens that the texts of a result have beside its pictures at least. */
const leastTextTokens = 64;

/**
 * Fits a result into its tokens: pictures and sounds first, then texts. What
 * it says to programs is kept where the texts are whole and it would fit as
 * well: it is loaded with every later turn of the session. Rejects where the
 * process is going down: the next start settles the call.
 */
export async function fitResult(result: Pick<ToolResult, "content" | "structuredContent">, maxTokens: number, run: TurnRun): Promise<FittedResult> {
  const { content, notes, tokens } = fitMedia(result.content, maxTokens);
  const { isCut, ...fitted } = await fitTexts(content, Math.max(leastTextTokens, maxTokens - tokens), run);
  const { structuredContent } = result;
  const isKept = structuredContent !== undefined && !isCut && isWithin(JSON.stringify(structuredContent), maxTokens, run.parts.tokens);
  return { ...fitted, content: [...fitted.content, ...notes], ...(isKept ? { structuredContent } : {}) };
}

/**
 * Fits the texts of a result. What its call did has happened, so that the
 * whole of it cannot be kept is no reason to tell nothing: then its ends are
 * told, and that the rest is lost.
 */
async function fitTexts(content: readonly ContentBlock[], maxTokens: number, run: TurnRun): Promise<FittedContent> {
  try {
    const fitted = await fitContent(content, maxTokens, run.parts);
    return { ...fitted, isCut: fitted.checkpointId !== undefined };
  } catch (error) {
    if (run.isParked()) throw run.signal.reason;
    const { code, message } = toOmniError(error);
    run.parts.log.warn("a result that is too long could not be kept and was cut", { turnId: run.input.turnId, code, message });
    return { content: toCut(content, maxTokens), isCut: true };
  }
}

/** Head and tail of the texts together, at a character a token, which is the least there is. */
function toCut(content: readonly ContentBlock[], maxTokens: number): readonly ContentBlock[] {
  const whole = joinTexts(content.flatMap((block) => (block.type === "text" ? [block.text] : [])));
  const { head, tail, left } = toEnds(whole, maxTokens);
  if (left === 0) return content;
  const note = `\n[... ${left} of ${whole.length} characters are not shown and are lost: the whole could not be kept ...]\n`;
  return [{ type: "text", text: head + note + tail }, ...content.filter((block) => block.type !== "text")];
}
