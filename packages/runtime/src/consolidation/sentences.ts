/** Ends of sentences, also where the script has other marks, and ends of lines. */
const ends = /(?<=[.!?…])\s+|(?<=[。！？])|\n+/u;

/** Longest sentence that is taken as one, characters. */
const mostCharacters = 400;

/** The sentences of a text, trimmed, without empty ones; one that never ends is cut. */
export function toSentences(text: string): readonly string[] {
  return text.split(ends).flatMap((each) => {
    const sentence = each.trim();
    if (sentence === "") return [];
    return [sentence.length <= mostCharacters ? sentence : `${sentence.slice(0, mostCharacters - 1).replace(/[\ud800-\udbff]$/, "")}…`];
  });
}

/** The sentences that say most, in their own order: those with numbers, names, paths and quoted words before the rest, the first of equals first. */
export function pickSentences(text: string, count: number): readonly string[] {
  const scored = toSentences(text).map((sentence, index) => ({ sentence, index, weight: toWeight(sentence) }));
  const chosen = scored.toSorted((left, right) => right.weight - left.weight || left.index - right.index).slice(0, count);
  return chosen.toSorted((left, right) => left.index - right.index).map(({ sentence }) => sentence);
}

function toWeight(sentence: string): number {
  const numbers = sentence.match(/\d+/g)?.length ?? 0;
  // Capitals that do not merely begin the sentence.
  const names = sentence.slice(1).match(/(?<=[\s("'])\p{Lu}\p{L}+/gu)?.length ?? 0;
  const marks = sentence.match(/["“”«»`]|https?:|[\w-]+[/.][\w/-]+/g)?.length ?? 0;
  const isWorded = sentence.length >= 20 ? 1 : 0;
  return Math.min(3, numbers) + Math.min(3, names) + Math.min(2, marks) + isWorded;
}
