/** One place where `old` stands in a text. */
export interface Occurrence {
  /** Index of its first character in the text as it is. */
  readonly from: number;
  readonly to: number;
}

/**
 * Finds `old` in a text whatever the line ends of either are. `every` gives
 * the places that can all be replaced; `unique` gives overlapping ones too, so
 * that what is not unique is seen to be so, and stops at `most`.
 */
export function findOccurrences(text: string, old: string, kind: "every" | "unique", most: number = Infinity): readonly Occurrence[] {
  const plain = toPlainEnds(text);
  const wanted = toPlainEnds(old);
  const toRaw = createRawIndex(text);
  const step = kind === "every" ? wanted.length : 1;
  const found: Occurrence[] = [];
  for (let at = plain.indexOf(wanted); at !== -1 && found.length < most; at = plain.indexOf(wanted, at + step)) {
    found.push({ from: toRaw(at), to: toRaw(at + wanted.length) });
  }
  return found;
}

/** Puts `replacement` in every place, its line ends made those of the place, or of the file where the place has none. Places are in order and apart. */
export function replaceOccurrences(text: string, places: readonly Occurrence[], replacement: string): string {
  const plain = toPlainEnds(replacement);
  const fileEnd = toLineEnd(text) ?? "\n";
  let result = "";
  let from = 0;
  for (const place of places) {
    const end = toLineEnd(text.slice(place.from, place.to)) ?? fileEnd;
    result += text.slice(from, place.from) + (end === "\n" ? plain : plain.replaceAll("\n", end));
    from = place.to;
  }
  return result + text.slice(from);
}

/** Text with `\n` for every `\r\n`. */
export function toPlainEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** The line end most lines have; undefined for a text of one line. */
function toLineEnd(text: string): "\n" | "\r\n" | undefined {
  const all = count(text, "\n");
  if (all === 0) return undefined;
  return count(text, "\r\n") * 2 > all ? "\r\n" : "\n";
}

function count(text: string, part: string): number {
  let number = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) number += 1;
  return number;
}

/** Maps an index of the text with plain line ends back to the text as it is. */
function createRawIndex(text: string): (index: number) => number {
  const dropped: number[] = [];
  for (let at = text.indexOf("\r\n"); at !== -1; at = text.indexOf("\r\n", at + 2)) dropped.push(at - dropped.length);
  return (index) => {
    let low = 0;
    let high = dropped.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((dropped[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return index + low;
  };
}
