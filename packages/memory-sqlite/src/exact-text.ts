/** First character of a text that is kept escaped. */
const mark = "\u0001";

/**
 * SQLite keeps text as UTF-8 and some of its functions end it at NUL, so lone
 * surrogates would become one replacement character and two ids could meet.
 * A text that UTF-8 cannot hold exactly is kept as JSON behind a mark; all
 * others are kept as they are. No two texts map to one.
 */
export function toExactText(text: string): string {
  const isPlain = !text.startsWith(mark) && text.isWellFormed() && !text.includes("\u0000");
  return isPlain ? text : mark + JSON.stringify(text);
}

/** The text that `toExactText` was given. */
export function fromExactText(kept: string): string {
  return kept.startsWith(mark) ? String(JSON.parse(kept.slice(1))) : kept;
}
