import { readFile } from "node:fs/promises";

/** One thing that was said. `at` is a time in whatever form the set has it. */
export interface Turn {
  readonly id: string;
  readonly session: string | number;
  readonly at: string;
  readonly speaker: string;
  readonly role: string;
  readonly text: string;
}

/** A question with the turns that answer it. */
export interface Question {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly gold: readonly string[];
}

/** A conversation: one memory scope. */
export interface Conversation {
  readonly id: string;
  readonly language: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly Question[];
}

/** Reads a set; undefined where there is no such file. Throws for one that is not of the form. */
export async function readConversations(path: string): Promise<readonly Conversation[] | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const conversations: unknown = JSON.parse(text);
  if (!Array.isArray(conversations) || !conversations.every(isConversation)) throw new Error(`${path} is no list of conversations`);
  return conversations;
}

function isConversation(value: unknown): value is Conversation {
  return typeof value === "object" && value !== null && "turns" in value && Array.isArray(value.turns) && "questions" in value && Array.isArray(value.questions);
}

const months: readonly string[] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A time as Unix milliseconds, from the forms people write; NaN where none is found. */
export function toTime(at: string): number {
  const clock = /(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(am|pm)?/i.exec(at);
  const half = clock?.[4]?.toLowerCase();
  const hour = clock === null ? 0 : half === undefined ? Number(clock[1]) : (Number(clock[1]) % 12) + (half === "pm" ? 12 : 0);
  const time = (hour * 60 + Number(clock?.[2] ?? 0)) * 60_000;
  const day = toDay(at);
  return day === undefined ? Date.parse(at) : day + time;
}

function toDay(at: string): number | undefined {
  const numbers = /(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})/.exec(at);
  if (numbers !== null) return Date.UTC(Number(numbers[1]), Number(numbers[2]) - 1, Number(numbers[3]));
  const european = /(\d{1,2})\.(\d{1,2})\.(\d{4})/.exec(at);
  if (european !== null) return Date.UTC(Number(european[3]), Number(european[2]) - 1, Number(european[1]));
  const [, name = "", number = "", year = ""] = /([a-z]{3})[a-z]*[\s-]+(\d{1,2})(?:st|nd|rd|th)?[\s,-]+(\d{4})/i.exec(at) ?? [];
  if (months.includes(name.toLowerCase())) return Date.UTC(Number(year), months.indexOf(name.toLowerCase()), Number(number));
  const [, first = "", month = "", last = ""] = /(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3})[a-z]*[\s,]+(\d{4})/i.exec(at) ?? [];
  return months.includes(month.toLowerCase()) ? Date.UTC(Number(last), months.indexOf(month.toLowerCase()), Number(first)) : undefined;
}
