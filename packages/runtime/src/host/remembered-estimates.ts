/** Texts of this many characters together are one generation; two are held. What twenty sessions show of themselves in a context of 32,000 tokens. */
const charactersPerGeneration = 2_097_152;

/** What a short text costs to estimate is less than what it costs to look up. */
const shortest = 32;

/** What an entry takes besides its characters. */
const entryCharacters = 64;

/**
 * An estimate that is made once for each text: the instructions, the tools and
 * the earlier turns of a session are counted for every request. Texts that
 * were not asked for during a whole generation are forgotten.
 */
export function rememberEstimates(estimate: (text: string) => number): (text: string) => number {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  let characters = 0;
  return (text) => {
    if (text.length < shortest || text.length > charactersPerGeneration) return estimate(text);
    const known = young.get(text);
    if (known !== undefined) return known;
    const tokens = old.get(text) ?? estimate(text);
    if (characters + text.length > charactersPerGeneration) {
      old = young;
      young = new Map();
      characters = 0;
    }
    young.set(text, tokens);
    characters += text.length + entryCharacters;
    return tokens;
  };
}
