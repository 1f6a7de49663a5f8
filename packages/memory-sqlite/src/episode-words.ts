import type { NewEpisode } from "@omni/core";
import { toDateWords } from "./date-words.ts";
import { toWords } from "./to-words.ts";

/** The words by which an episode is found, as they are kept. Words lie one beside the other with a space between. */
export interface EpisodeWords {
  /** The first words of its own text, in order; what follows, each once, after a line break. */
  readonly own: string;
  /** Words of the two lines before and the two after it, nearest last and nearest first: four lines. */
  readonly near: string;
  readonly speaker: string;
  /** 1 for a question, and 1 for what follows one. */
  readonly asks: number;
  readonly answers: number;
}

/** How much of a text is compared word by word; the rest is found too, and counts less. Of 60, 120 and 200 this ranked best. */
const mostOwn = 120;
/** Most words of a text that can be found. */
const mostIndexed = 20_000;
/** Most words of a neighbour: long ones would drown the text itself. Of 20, 40 and 80 this ranked best. */
const mostNear = 40;

/** What of an episode makes its words. */
export type Worded = Pick<NewEpisode, "speaker" | "previous" | "next"> & { readonly text: string; readonly intent: string; readonly experience: string; readonly outcome: string };

/** Works the words out. */
export function toEpisodeWords({ text, intent, experience, outcome, speaker = "", previous = "", next = "" }: Worded): EpisodeWords {
  const parts = [text, ...[intent, experience, outcome].filter((part) => part !== "" && !text.includes(part))];
  const words = toWords(parts.join("\n"), mostIndexed);
  const first = words.slice(0, mostOwn);
  const tail = new Set(words.slice(mostOwn));
  const before = previous.split("\n").filter(hasText).slice(-2);
  const after = next.split("\n").filter(hasText).slice(0, 2);
  const lines = [before.at(-2), before.at(-1), after[0], after[1]].map((line = "") => toWords(line, mostNear).slice(0, mostNear).join(" "));
  return { own: `${first.join(" ")}\n${[...tail].join(" ")}`, near: lines.join("\n"), speaker: toWords(speaker).join(" "), asks: isQuestion(text), answers: isQuestion(before.at(-1) ?? "") };
}

function isQuestion(text: string): number {
  return /[?？؟]["”»」)]*\s*$/.test(text.slice(-20)) ? 1 : 0;
}

function hasText(line: string): boolean {
  return line.trim() !== "";
}

/** Every distinct word of its own text. */
export function ownWords({ own }: Pick<EpisodeWords, "own">): ReadonlySet<string> {
  return new Set(own.split(/[ \n]/).filter((word) => word !== ""));
}

/** Marks a word of a scope as an episode's own or as one beside it. The mark makes each scope an index of its own. */
export function toToken(scope: number, mark: "o" | "n", word: string): string {
  return `${mark}${scope.toString(36)}·${word}`;
}

/** What stands in the index for an episode, the same each time. The speaker and the day count as beside it. */
export function toTokens(scope: number, words: Pick<EpisodeWords, "own" | "near" | "speaker">, at: number): string {
  const own = ownWords(words);
  const near = new Set([...words.near.split(/[ \n]/), ...words.speaker.split(" "), ...toDateWords(at)].filter((word) => word !== "" && !own.has(word)));
  return [...[...own].map((word) => toToken(scope, "o", word)), ...[...near].map((word) => toToken(scope, "n", word))].join(" ");
}
