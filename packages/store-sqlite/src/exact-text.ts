/** First character of a text that is kept escaped. */
const mark = "\u0001";

/**
 * SQLite keeps text as UTF-8 and ends it at NUL for some of its functions, so
 * lone surrogates would become the same replacement character and two
 * different ids would meet. A text that UTF-8 cannot hold exactly is kept as
 * JSON behind a mark; all others are kept as they are. No two texts map to one.
 */
export function toExactText(text: string): string {
  const isPlain = !text.startsWith(mark) && text.isWellFormed() && !text.includes("\u0000");
  return isPlain ? text : mark + JSON.stringify(text);
}

/** True where a kept text is not the text itself. */
export function isEscaped(kept: string): boolean {
  return kept.startsWith(mark);
}

/** The text that `toExactText` was given. */
export function fromExactText(kept: string): string {
  return isEscaped(kept) ? String(JSON.parse(kept.slice(1))) : kept;
}
