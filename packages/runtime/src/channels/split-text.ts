/** Where a text is best cut: the end of a paragraph, of a line, of a sentence, of a word. */
const seams: readonly RegExp[] = [/\n\s*\n/g, /\n/g, /[.!?…。！？]\s/g, /\s/g];

/** Part of a piece that must be full before a seam counts: a short first piece reads worse than a cut line. */
const leastFill = 0.5;

/**
 * Splits a text into pieces of at most `most` UTF-16 units, in order. It is
 * cut at the best seam of the second half of a piece, else between two
 * characters; white space at a cut goes, nothing else does. Empty for a text
 * without words.
 */
export function splitText(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  // One for the whole text: it costs more to make than to use.
  const characters = rest.length > most ? new Intl.Segmenter("en", { granularity: "grapheme" }) : undefined;
  while (characters !== undefined && rest.length > most) {
    const cut = toCut(rest, most, characters);
    pieces.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return rest === "" ? pieces : [...pieces, rest];
}

function toCut(text: string, most: number, characters: Intl.Segmenter): number {
  // One unit more, so that a seam that begins right behind a full piece is seen.
  const window = text.slice(0, most + 1);
  for (const seam of seams) {
    const last = [...window.matchAll(seam)].map((match) => match.index + (seam.source.startsWith("[.") ? 1 : 0)).findLast((index) => index <= most);
    if (last !== undefined && last >= most * leastFill) return last;
  }
  return toCharacterEnd(text, most, characters);
}

/** Units looked at behind a cut, so that a character which begins before it is seen whole. No real character is longer, flags and families included; text made to be awkward is. */
const lookAhead = 64;

/** The last end of a character at or before `most`; at least one unit goes on, so that a splitter ends. */
function toCharacterEnd(text: string, most: number, characters: Intl.Segmenter): number {
  const end = characters.segment(text.slice(0, most + lookAhead)).containing(most)?.index ?? 0;
  if (end > 0) return end;
  const isInsidePair = most > 1 && /[\ud800-\udbff]/.test(text[most - 1] ?? "") && /[\udc00-\udfff]/.test(text[most] ?? "");
  return isInsidePair ? most - 1 : Math.max(1, most);
}
