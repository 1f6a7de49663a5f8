/** How near a text is to a query in meaning; both in [0, 1], and 0 for what any two texts have in common. */
export interface Meaning {
  /** The cosine above what is usual. */
  readonly nearness: number;
  /** The similarity that it stands for where no word is shared: below `clearSimilarity` for what may be chance. */
  readonly alone: number;
}

export const noMeaning: Meaning = { nearness: 0, alone: 0 };

/** Similarity of what is just clearly above noise: the floor of a recall for a prompt. */
export const clearSimilarity = 0.3;

/**
 * What unrelated texts have in common where too few are kept to see it. Of
 * 120,000 pairs of a question and a text of another domain, the static word
 * vectors gave a cosine of 0.44 ± 0.15, and every thousandth one above 0.76 to
 * 0.86; a sentence encoder gives less, so this errs to silence.
 */
const usual = { mean: 0.45, variance: 0.15 ** 2, count: 20 } as const;

/** Standard deviations above the mean at which a cosine is clearly no chance: one of thirty thousand, if it were normally spread. */
const clearDeviations = 4;
/** How steeply what may be chance falls off below that: at three deviations a third is left, at two hardly anything, so that it comes after what shares a word. */
const chancePower = 4;
/** What is as near as this is clear in any case. */
const clearCosine = 0.95;

/** Makes the scale for a query of how its vector compares with all that are kept. */
export function createMeaningScale({ mean, variance, count }: { readonly mean: number; readonly variance: number; readonly count: number }): (cosine: number) => Meaning {
  const trusted = count + usual.count;
  const noise = Math.max(0, (mean * count + usual.mean * usual.count) / trusted);
  const spread = Math.sqrt((variance * count + usual.variance * usual.count) / trusted);
  const clear = Math.min(clearCosine, noise + clearDeviations * spread);
  return (cosine) => {
    const above = cosine - noise;
    if (above <= 0) return noMeaning;
    const alone = cosine < clear ? clearSimilarity * (above / (clear - noise)) ** chancePower : clearSimilarity + ((1 - clearSimilarity) * (cosine - clear)) / (1 - clear);
    return { nearness: Math.min(1, above / (1 - noise)), alone: Math.min(1, alone) };
  };
}
