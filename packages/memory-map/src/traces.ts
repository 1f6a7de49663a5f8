import type { StoredEpisode } from "./stored-episode.ts";

/** A text shorter than this is found inside others by chance, so only the same line is its trace. */
const shortText = 12;

/**
 * A text as it is compared: its case, forms, spacing and a mark at its end
 * that it was cut do not matter. Accents stand apart from their letters and a
 * sigma is one wherever it stands, so that a text that was cut between them
 * still is the beginning of the whole.
 */
export function toCompared(text: string): string {
  return text.normalize("NFKD").toLowerCase().replaceAll("ς", "σ").replace(/\s+/g, " ").replace(/[….]+$/, "").trim();
}

/** The episode without the lines beside it that repeat one of these texts, which are as they are compared; itself when there are none. */
export function withoutTraces(episode: StoredEpisode, texts: readonly string[]): StoredEpisode {
  const { previous, next, ...rest } = episode;
  const before = withoutLines(previous, texts);
  const after = withoutLines(next, texts);
  if (before === previous && after === next) return episode;
  return { ...rest, ...(before === undefined ? {} : { previous: before }), ...(after === undefined ? {} : { next: after }) };
}

function withoutLines(beside: string | undefined, texts: readonly string[]): string | undefined {
  if (beside === undefined) return undefined;
  const lines = beside.split("\n").filter((line) => {
    const compared = toCompared(line);
    return !texts.some((text) => repeats(compared, text));
  });
  const left = lines.join("\n");
  const whole = toCompared(left);
  // Where no single line says it, it lies across lines, and all of them go.
  return lines.length === 0 || texts.some((text) => text.length >= shortText && whole.includes(text)) ? undefined : left;
}

function repeats(line: string, text: string): boolean {
  if (line === "" || text === "") return false;
  return line === text || text.includes(toUncut(line)) || (text.length >= shortText && line.includes(text));
}

/** A line that may have been cut, without the accents at its end: in the whole another may stand before them. */
function toUncut(line: string): string {
  return line.length < shortText ? line : line.replace(/(?<=\P{M})\p{M}+$/u, "");
}
