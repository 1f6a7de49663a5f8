/** English words that say how one speaks and not of what. Other languages do without: what is common weighs little anyway. */
const functionWords: RegExp =
  /^(?:a|about|after|all|also|am|an|and|any|are|as|at|be|because|been|before|being|but|by|can|could|d|did|do|does|doing|done|for|from|had|has|have|having|he|her|here|him|his|how|i|if|in|into|is|it|its|just|know|ll|m|me|more|most|my|no|nor|not|of|on|one|or|our|out|over|own|please|re|recall|remember|remind|s|said|say|so|some|such|t|tell|than|that|the|their|them|then|there|these|they|this|those|to|told|too|us|ve|very|was|we|were|what|when|where|which|while|who|whom|why|will|with|would|you|your)$/;

/** Scripts that are written without spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}ー々]+/gu;
const word = /[\p{L}\p{M}\p{N}]+|\p{Extended_Pictographic}/gu;

/**
 * The distinct words of a text, folded so that case, width and compatibility
 * forms do not matter. Scripts without spaces give overlapping pairs of
 * characters; a pictograph is a word of its own. Nothing else is left over,
 * so no character of a query can be syntax.
 */
export function toWords(text: string): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [found] of text.normalize("NFKC").toLowerCase().matchAll(word)) {
    for (const run of found.match(unspaced) ?? []) for (const pair of toPairs(run)) words.add(pair);
    for (const part of found.split(unspaced)) if (part !== "" && !functionWords.test(part)) words.add(toStem(part));
  }
  return words;
}

function toPairs(run: string): readonly string[] {
  const characters = [...run];
  return characters.length === 1 ? characters : characters.slice(1).map((second, index) => `${characters[index] ?? ""}${second}`);
}

/** Takes the commonest English endings off, so that `dogs` finds `dog` and `walked` finds `walking`. */
function toStem(part: string): string {
  const stem = part.replace(/(?<=\p{L}{3})(ies|ied)$/u, "y").replace(/(?<=\p{L}{3})(ing|ed|es|s)$/u, "");
  return stem.replace(/(?<=\p{L}{2})e$/u, "");
}
