import type { ContentBlock, TokenCounter } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import { joinTexts } from "./result-text.ts";

/** A text that fits, and where the rest of it is when it was cut. */
export interface Fitted {
  readonly text: string;
  readonly checkpointId?: string;
}

/**
 * Characters a token has at least, in the densest text we shorten by length
 * alone (CJK: about one character a token). Used only to pick head and tail.
 */
const charactersPerToken = 1;

/** Characters a token has at most, in texts that are nothing but blanks. A text so long that even then it does not fit is not counted as a whole. */
export const mostCharactersPerToken = 14;

/** Characters at each end of a long text that tell how dense it is: of these ends something is shown. */
const sampled = 4_096;

/** True for a text that takes at most `maxTokens`. One that is too long for that in any case is not counted. */
export function isWithin(text: string, maxTokens: number, tokens: TokenCounter): boolean {
  if (text.length <= maxTokens * charactersPerToken) return true;
  return text.length <= maxTokens * mostCharactersPerToken && tokens.count(text) <= maxTokens;
}

/** The text itself when it takes at most `maxTokens`, else its head and tail with a pointer to the whole, which is kept. */
export async function fitText(text: string, maxTokens: number, parts: Pick<AgentParts, "tokens" | "offload">): Promise<Fitted> {
  if (text.length <= maxTokens * charactersPerToken) return { text };
  const isSurelyLong = text.length > maxTokens * mostCharactersPerToken && text.length > 2 * sampled;
  const looked = isSurelyLong ? text.slice(0, sampled) + text.slice(-sampled) : text;
  const tokens = parts.tokens.count(looked);
  if (!isSurelyLong && tokens <= maxTokens) return { text };
  const checkpointId = await parts.offload(text);
  const ratio = looked.length / Math.max(1, tokens);
  const { head, tail, left } = toEnds(text, Math.floor(maxTokens * ratio * 0.9));
  // ASCII: one other character makes the whole text, and each request it stands in, take twice the memory.
  const note = `\n[... ${left} of ${text.length} characters are not shown. Read them with session.page {"checkpointId":"${checkpointId}","offset":${head.length}} ...]\n`;
  return { text: head + note + tail, checkpointId };
}

/** Fewest characters that are shown of a text that is cut, and room for the note between its ends. */
const leastCharacters = 200;

/** Head and tail of a text for as many characters as there is room for, the note between them included, and how many are left out. */
export function toEnds(text: string, characters: number): { readonly head: string; readonly tail: string; readonly left: number } {
  const room = Math.min(text.length, Math.max(leastCharacters, characters - leastCharacters));
  const first = Math.floor(room * 0.7);
  const head = sliceWhole(text, 0, first);
  const tail = sliceWhole(text, text.length - (room - first), text.length);
  return { head, tail, left: text.length - head.length - tail.length };
}

/** Text blocks of a result fitted together; other blocks stay as they are. */
export async function fitContent(
  content: readonly ContentBlock[],
  maxTokens: number,
  parts: Pick<AgentParts, "tokens" | "offload">,
): Promise<{ readonly content: readonly ContentBlock[]; readonly checkpointId?: string }> {
  const texts = content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  const whole = joinTexts(texts);
  const fitted = await fitText(whole, maxTokens, parts);
  if (fitted.checkpointId === undefined) return { content };
  const others = content.filter((block) => block.type !== "text");
  return { content: [{ type: "text", text: fitted.text }, ...others], checkpointId: fitted.checkpointId };
}

/** Like `slice`, but never cuts a surrogate pair in two. */
export function sliceWhole(text: string, from: number, to: number): string {
  const start = isLowSurrogate(text, from) ? from + 1 : from;
  const end = isLowSurrogate(text, to) ? to - 1 : to;
  return text.slice(start, end);
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return index > 0 && index < text.length && unit >= 0xdc00 && unit <= 0xdfff;
}
