import { toHtmlTokens } from "./html-tokens.ts";

/** The words of a piece of HTML in one line, at most `limit` characters. */
export function toPlainWords(html: string, limit = 500): string {
  let words = "";
  for (const token of toHtmlTokens(html)) {
    if (token.kind === "text") words += token.text;
    if (words.length > limit * 4) break;
  }
  return toLine(words, limit);
}

/** Text in one line, at most `limit` characters. */
export function toLine(text: string, limit = 500): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return (line.length > limit ? `${line.slice(0, limit)}…` : line).toWellFormed();
}
