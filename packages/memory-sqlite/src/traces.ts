/** A text shorter than this is found inside others by chance, so only the same line is its trace. */
const shortText = 12;

/** A text as it is compared: its case, forms, spacing and a mark at its end that it was cut do not matter. */
export function toCompared(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").replace(/[….]+$/, "").trim();
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
  return line === text || text.includes(line) || (text.length >= shortText && line.includes(text));
}

function toText(lines: readonly { readonly line: string }[]): string {
  return lines.map(({ line }) => line).join("\n");
}
