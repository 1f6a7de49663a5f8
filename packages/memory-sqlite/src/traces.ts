/** A text shorter than this is found inside others by chance, so only the same line is its trace. */
const shortText = 12;

/**
 * A text as it is compared: its case, forms, spacing and a mark at its end
 * that it was cut do not matter. Its characters are taken apart, and a sigma
 * at a word's end is like any other: so what is cut anywhere, between a letter
 * and its accent too, still is how the whole begins.
 */
export function toCompared(text: string): string {
  return text.normalize("NFKD").toLowerCase().replaceAll("ς", "σ").replace(/\s+/g, " ").replace(/[….]+$/, "").trim();
}

/** What stands beside an episode without the lines that repeat one of these texts, which are as they are compared; null when none is left. A text of several lines may fill several of them. */
export function withoutTraces(beside: string | null, texts: readonly string[]): string | null {
  if (beside === null) return null;
  let lines = beside.split("\n").map((line) => ({ line, compared: toCompared(line) }));
  let whole = toCompared(beside);
  const before = lines.length;
  for (const text of texts) {
    const kept = lines.filter(({ compared }) => !repeats(compared, text));
    const isInside = text.length >= shortText && whole.includes(text);
    if (kept.length === lines.length && !isInside) continue;
    whole = toCompared(toText(kept));
    // Where no single line says it, it lies across lines, and all of them go.
    if (kept.length === 0 || (isInside && (kept.length === lines.length || whole.includes(text)))) return null;
    lines = kept;
  }
  return lines.length === before ? beside : toText(lines);
}

function repeats(line: string, text: string): boolean {
  if (line === "" || text === "") return false;
  return line === text || text.includes(toUncut(line)) || (text.length >= shortText && line.includes(text));
}

/** A line that is long enough to have been cut, without the accents at its end: those that followed may stand before them in the whole. */
function toUncut(line: string): string {
  return line.length < shortText ? line : line.replace(/(?<=\P{M})\p{M}+$/u, "");
}

function toText(lines: readonly { readonly line: string }[]): string {
  return lines.map(({ line }) => line).join("\n");
}
