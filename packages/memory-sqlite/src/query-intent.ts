/** What kind of answer a query asks for, by how it is worded in English; all false for what it does not understand. */
export interface QueryIntent {
  /** When something was. */
  readonly time: boolean;
  /** How many, how much, how long. */
  readonly number: boolean;
  /** What the agent itself said or did (`what did you suggest`). */
  readonly agent: boolean;
  /** What one should do: here it matters what the person prefers. */
  readonly advice: boolean;
}

const times: ReadonlySet<string> = new Set(["date", "dai", "week", "month", "year", "time"]);
const amounts: ReadonlySet<string> = new Set(["mani", "much", "long", "old", "often", "far", "tall", "big"]);
/** What an agent does for people, and what they ask it to do. */
const advises: ReadonlySet<string> = new Set(["suggest", "recommend", "advis", "propos"]);
const says: ReadonlySet<string> = new Set([...advises, "explain", "give", "help", "list", "mention", "provid", "said", "tell", "told"]);
const wishes: ReadonlySet<string> = new Set(["can", "could", "do", "should", "will", "would"]);
const did: ReadonlySet<string> = new Set(["did", "had", "have"]);
const mays: ReadonlySet<string> = new Set(["can", "could", "might", "should"]);

/** Reads what is asked for out of all words of a query, as `toWords` gives them. */
export function toQueryIntent(words: readonly string[]): QueryIntent {
  const hasPair = (fits: (left: string, right: string, place: number) => boolean): boolean => words.some((word, place) => fits(word, words[place + 1] ?? "", place));
  return {
    time: words[0] === "when" || hasPair((left, right) => ((left === "what" || left === "which") && times.has(right)) || (left === "long" && right === "ago")),
    number: hasPair((left, right) => left === "how" && amounts.has(right)),
    agent: hasPair((left, right, place) => (right === "you" && did.has(left)) || (left === "you" && says.has(right) && !wishes.has(words[place - 1] ?? ""))),
    advice: hasPair((left, right, place) => (wishes.has(left) && right === "you" && advises.has(words[place + 2] ?? "")) || (mays.has(left) && right === "i")),
  };
}
