/** What a person calls a character, as a text. */
export type Grapheme = string;

/** Splits a text into graphemes. The tables behind it take milliseconds to load, so plain ASCII goes without them. */
export function toGraphemes(text: string): readonly Grapheme[] {
  if (/^[\u0020-\u007e]*$/.test(text)) return Array.from(text);
  return Array.from(new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text), ({ segment }) => segment);
}

/** Cells a line of text takes in a terminal, near enough: terminals differ over the newest pictures. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  return toGraphemes(text).reduce((width, each) => width + widthOfGrapheme(each), 0);
}

/** The text cut to so many cells, with an ellipsis where something was cut. Never cuts through a character. */
export function toFit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const grapheme of toGraphemes(text)) {
    const next = widthOfGrapheme(grapheme);
    if (width + next > columns - 1) break;
    kept += grapheme;
    width += next;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** The text with spaces after it up to so many cells. */
export function toPadded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Cells of one grapheme: 0, 1 or 2. */
export function widthOfGrapheme(grapheme: Grapheme): number {
  // Marks and formats take no cell of their own.
  if (/^[\p{Mark}\p{Cf}\p{Cc}]+$/u.test(grapheme)) return 0;
  return isWide(grapheme) ? 2 : 1;
}

/** East Asian wide and fullwidth forms, and pictures: two cells in a terminal. */
function isWide(grapheme: Grapheme): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(grapheme);
}
