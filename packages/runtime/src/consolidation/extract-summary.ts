import type { BatchSummary, Experience } from "./batch-summary.ts";
import type { TurnDigest } from "./turn-digest.ts";
import { mostSummaryCharacters } from "./batch-summary.ts";
import { pickSentences, toSentences } from "./sentences.ts";

/** Sentences that stand for one side of a turn in an experience, and characters of a line of the summary. */
const mostSentences = 4;
const lineCharacters = 220;

/**
 * A summary made of the turns' own sentences, for when there is no model. A
 * turn that called tools becomes an experience; each turn becomes a line of
 * the rolling summary, of which the oldest lines go when it is full (what they
 * said is kept word by word in the memory).
 */
export function extractSummary(previous: string, digests: readonly TurnDigest[]): BatchSummary {
  const lines = [...previous.split("\n").filter((line) => line !== ""), ...digests.map(toLine)];
  while (lines.length > 1 && lines.join("\n").length > mostSummaryCharacters) lines.shift();
  return { summary: lines.join("\n").slice(0, mostSummaryCharacters), experiences: digests.filter((digest) => digest.calls.length > 0).map(toExperience) };
}

function toLine({ at, user, output }: TurnDigest): string {
  const said = `${new Date(at).toISOString().slice(0, 10)} ${pickSentences(user, 2).join(" ")}`;
  const answered = pickSentences(output, 2).join(" ");
  return toShort(answered === "" ? said : `${said} → ${answered}`, lineCharacters);
}

function toExperience({ user, output, calls }: TurnDigest): Experience {
  const done = calls.map(({ name, status }) => `${name} (${status})`);
  return {
    intent: pickSentences(user, 2).join(" "),
    experience: [...pickSentences(user, mostSentences), ...pickSentences(output, mostSentences), `Called ${done.join(", ")}.`].join(" "),
    outcome: toSentences(output).at(-1) ?? "It ended without words.",
  };
}

function toShort(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
