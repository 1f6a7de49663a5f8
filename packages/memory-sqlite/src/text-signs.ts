import { isDateWord } from "./date-words.ts";

/** What the wording of a text says of it, in English stems as `toWords` gives them. */
const personal: ReadonlySet<string> = new Set(["i", "me", "mine", "my", "our", "us", "we"]);
const times: ReadonlySet<string> = new Set(["ago", "dai", "just", "last", "month", "next", "recent", "recentli", "sinc", "todai", "tomorrow", "tonight", "week", "weekend", "year", "yesterdai"]);
/** Without `one`, whose stem is that of `on`. */
const numbers: ReadonlySet<string> = new Set(["coupl", "dozen", "eight", "few", "five", "four", "half", "hundr", "nine", "onc", "sever", "seven", "six", "ten", "thousand", "three", "twice", "two"]);
const standing: ReadonlySet<string> = new Set(["alwai", "never", "whenev"]);
const ordinal = /^\d{1,2}(?:st|nd|rd|th)$/;
const digits = /^\d+$/;

/** True for what someone says of themselves. */
export function isPersonal(words: readonly string[]): boolean {
  return words.some((word) => personal.has(word));
}

/** True for what says when: a day, a month, a number that may be one, `last week`, `ago`. */
export function hasTime(words: readonly string[]): boolean {
  return words.some((word) => times.has(word) || isDateWord(word) || ordinal.test(word));
}

/** True for what says how many. */
export function hasNumber(words: readonly string[]): boolean {
  return words.some((word) => numbers.has(word) || digits.test(word));
}

/** True for what is to hold from now on: `Always …`, `Please never …`, `From now on …`. */
export function isStanding(words: readonly string[]): boolean {
  const [first = "", second = "", third = ""] = words[0] === "pleas" ? words.slice(1) : words;
  return standing.has(first) || (first === "from" && second === "now" && third === "on");
}

/** True for what someone says they prefer. */
export function isPreference(words: readonly string[]): boolean {
  return words.some((word, place) => word === "prefer" && words.slice(Math.max(0, place - 3), place).includes("i"));
}
