/** The words of one text: its own, and those of what stood beside it. */
export interface TextWords {
  readonly own: ReadonlySet<string>;
  readonly near: ReadonlySet<string>;
}

/** How well a text answers a query's words, in [0, 1]. */
export type Similarity = (query: ReadonlySet<string>, text: TextWords) => number;

/** What a word beside a text is worth, compared with one in it. Of 0, 0.3 and 0.5 this ranked best on long conversations. */
const nearWorth = 0.5;

/** A query is asked no more than this many of its words: a long message is about more than one memory can say. */
const mostNeeded = 12;

/**
 * Makes the measure for a set of texts: the share of the query's weight that
 * a text has. Words weigh by how rare they are in the set; one that occurs
 * nowhere weighs like one that occurs once. The text's own length does not
 * count, which ranked better than every correction for it that was tried.
 */
export function createSimilarity(texts: readonly TextWords[]): Similarity {
  const occurrences = new Map<string, number>();
  for (const { own } of texts) for (const word of own) occurrences.set(word, (occurrences.get(word) ?? 0) + 1);
  const weigh = (word: string): number => Math.log(1 + (texts.length + 1) / ((occurrences.get(word) ?? 1) + 0.5));
  return (query, { own, near }) => {
    let found = 0;
    let asked = 0;
    for (const word of query) {
      const weight = weigh(word);
      asked += weight;
      if (own.has(word)) found += weight;
      else if (near.has(word)) found += weight * nearWorth;
    }
    return found === 0 ? 0 : Math.min(1, found / (asked * Math.min(1, mostNeeded / query.size)));
  };
}
