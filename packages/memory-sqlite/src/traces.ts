/** A text shorter than this is found inside others by chance, so only the same line is its trace. */
const shortText = 12;

/** True where what stands beside an episode repeats a text or a part of it. */
export function isTrace(beside: string | null, text: string): boolean {
  return beside !== null && withoutTraces(beside, text) !== beside;
}

/** What stands beside an episode without the lines that repeat the text; null when none is left. A text of several lines may fill several of them. */
export function withoutTraces(beside: string | null, text: string): string | null {
  if (beside === null) return null;
  const wanted = fold(text);
  if (wanted.length >= shortText && fold(beside).includes(wanted)) {
    const kept = beside.split("\n").filter((line) => !repeats(fold(line), wanted));
    // Where no single line says it, it lies across lines, and all of them go.
    return fold(kept.join("\n")).includes(wanted) || kept.length === beside.split("\n").length ? null : toLines(kept);
  }
  const kept = beside.split("\n").filter((line) => !repeats(fold(line), wanted));
  return kept.length === beside.split("\n").length ? beside : toLines(kept);
}

function repeats(line: string, wanted: string): boolean {
  if (line === "" || wanted === "") return false;
  return line === wanted || wanted.includes(line) || (wanted.length >= shortText && line.includes(wanted));
}

function toLines(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : lines.join("\n");
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").replace(/[….]+$/, "").trim();
}
