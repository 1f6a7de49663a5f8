/** A line of a text that is like a wanted one. */
export interface NearLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** True when it differs in blanks only. */
  readonly isSameWords: boolean;
}

/** Lines looked at, and characters of each: enough to help, and never slow. */
const mostLines = 50_000;
const mostCharacters = 200;

/** Share of letter pairs two lines must have in common to be called alike. */
const alike = 0.5;

/** The line most like the first line with words of `wanted`; undefined when none is like it. */
export function toNearestLine(text: string, wanted: string): NearLine | undefined {
  const target = wanted.split("\n").map(squeeze).find((line) => line !== "");
  if (target === undefined) return undefined;
  const targetPairs = toPairs(target);
  let best: NearLine | undefined;
  let bestScore = alike;
  for (const [index, line] of text.split("\n", mostLines).entries()) {
    const words = squeeze(line);
    if (words === target) return { number: index + 1, text: toShort(line), isSameWords: true };
    const score = toLikeness(targetPairs, toPairs(words));
    if (score <= bestScore) continue;
    best = { number: index + 1, text: toShort(line), isSameWords: false };
    bestScore = score;
  }
  return best;
}

function squeeze(line: string): string {
  return line.slice(0, mostCharacters).replace(/\s+/g, " ").trim();
}

function toShort(line: string): string {
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line.replace(/\r$/, "");
}

function toPairs(line: string): ReadonlySet<string> {
  return new Set(Array.from({ length: Math.max(0, line.length - 1) }, (_, index) => line.slice(index, index + 2)));
}

/** Dice's coefficient of two sets. */
function toLikeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return 0;
  let common = 0;
  for (const pair of left) if (right.has(pair)) common += 1;
  return (2 * common) / (left.size + right.size);
}
