import type { MarkedToken, Token } from "marked";
import type { Ink } from "./ink.ts";
import type { Span } from "./wrap-spans.ts";
import { toSpan } from "./wrap-spans.ts";

/** True for the tokens of the language itself; no other are made here, for nothing extends it. */
export function isMarked(token: Token): token is MarkedToken {
  return token.type !== "generic";
}

/** The inline tokens of a block as spans. */
export function toSpans(tokens: readonly Token[] | undefined, inks: readonly Ink[] = []): readonly Span[] {
  return (tokens ?? []).flatMap((token) => (isMarked(token) ? toSpansOf(token, inks) : []));
}

function toSpansOf(token: MarkedToken, inks: readonly Ink[]): readonly Span[] {
  switch (token.type) {
    case "strong":
      return toSpans(token.tokens, [...inks, "bold"]);
    case "em":
      return toSpans(token.tokens, [...inks, "italic"]);
    case "del":
      return toSpans(token.tokens, [...inks, "strike"]);
    case "codespan":
      return [toSpan(token.text, [...inks, "code"])];
    case "br":
      return [{ text: "\n", inks }];
    case "link":
      return toLink(token, inks);
    case "image":
      return [toSpan(token.text === "" ? "image" : token.text, [...inks, "italic"]), toSpan(` (${token.href})`, [...inks, "dim"])];
    case "escape":
      return [toSpan(token.text, inks)];
    case "text":
      return token.tokens === undefined ? [toSpan(token.text, inks)] : toSpans(token.tokens, inks);
    default:
      return [toSpan(token.raw, inks)];
  }
}

/** The words, and where they lead unless the words say it. A terminal is not told to make a link of it: what is seen is what is there. */
function toLink(token: Extract<MarkedToken, { type: "link" }>, inks: readonly Ink[]): readonly Span[] {
  const isSaid = token.href === token.text || token.href === `mailto:${token.text}` || token.href === `http://${token.text}`;
  return [...toSpans(token.tokens, [...inks, "underline"]), ...(isSaid ? [] : [toSpan(` (${token.href})`, [...inks, "dim"])])];
}
