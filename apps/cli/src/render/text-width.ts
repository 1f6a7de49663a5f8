/** Splits a text into what a person calls characters. Made when needed: the tables behind it take milliseconds to load, and most text is plain ASCII. */
function toGraphemes(text: string): Intl.Segments {
  return new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
}

/** Cells a line of text takes in a terminal, near enough: terminals differ over the newest pictures. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of toGraphemes(text)) width += widthOfGrapheme(segment);
  return width;
}

/** The text cut to so many cells, with an ellipsis where something was cut. Never cuts through a character. */
export function toFit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of toGraphemes(text)) {
    const next = widthOfGrapheme(segment);
    if (width + next > columns - 1) break;
    kept += segment;
    width += next;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** The text with spaces after it up to so many cells. */
export function toPadded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

function widthOfGrapheme(segment: string): number {
  // Marks and formats take no cell of their own.
  if (/^[\p{Mark}\p{Cf}\p{Cc}]+$/u.test(segment)) return 0;
  return isWide(segment) ? 2 : 1;
}

/** East Asian wide and fullwidth forms, and pictures: two cells in a terminal. */
function isWide(segment: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(segment);
}
