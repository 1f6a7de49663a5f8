import type { ContentBlock } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { TurnRun } from "./turn-run.ts";
import { fitContent, toEnds } from "./offload.ts";

/** The content of a result as it is recorded. */
export interface FittedResult {
  readonly content: readonly ContentBlock[];
  /** Where the whole of it is, when `content` holds its head and tail only and it could be kept. */
  readonly checkpointId?: string;
  /** True where `content` is not the whole of it. */
  readonly isCut: boolean;
}

/**
 * Fits a result into its tokens. What its call did has happened, so that the
 * whole of it cannot be kept is no reason to tell nothing: then its ends are
 * told, and that the rest is lost. Rejects where the process is going down:
 * the next start settles the call.
 */
export async function fitResult(content: readonly ContentBlock[], maxTokens: number, run: TurnRun): Promise<FittedResult> {
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
  const whole = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  const { head, tail, left } = toEnds(whole, maxTokens);
  if (left === 0) return content;
  const note = `\n[... ${left} of ${whole.length} characters are not shown and are lost: the whole could not be kept ...]\n`;
  return [{ type: "text", text: head + note + tail }, ...content.filter((block) => block.type !== "text")];
}
