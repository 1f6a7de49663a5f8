/** How near a text is to a query in meaning; both in [0, 1], and 0 for what any two texts have in common. */
export interface Meaning {
  /** The cosine above what is usual. */
  readonly nearness: number;
  /** The similarity that it stands for where no word is shared: below `clearSimilarity` for what may be chance. */
  readonly alone: number;
}

/** A query's cosines with what is kept. */
export interface ComparedCosines {
  /** Those with all that is kept, or with an even part of it, the smallest first. */
  readonly sample: Float32Array;
  /** How much is kept. */
  readonly kept: number;
  /** How much of it is searched. */
  readonly searched: number;
  /** The largest of what is searched, the largest first. */
  readonly nearest: readonly number[];
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
const usual = { centre: 0.45, variance: 0.15 ** 2, count: 20 } as const;

/** Share of what is normally spread that lies more than a deviation below its middle. */
const belowDeviation = 0.1587;
/** Deviations that something must lie above the largest that chance would give. */
const clearMargin = 0.3;
/** Most texts that bear each other out; as many become candidates of every recall. */
const mostTogether = 20;
/** How steeply what may be chance falls off below what is clear: three quarters of the way up a third is left, at half hardly anything, so that it comes after what shares a word. */
const chancePower = 4;
/** Share of the way from what is usual to the same at which something is clear in any case. */
const clearShare = 0.9;

interface Noise {
  readonly centre: number;
  readonly spread: number;
}

/** Makes the scale for a query of how its vector compares with what is kept. */
export function createMeaningScale(compared: ComparedCosines): (cosine: number) => Meaning {
  const noise = toNoise(compared);
  const clear = Math.min(noise.centre + clearShare * (1 - noise.centre), toClear(noise, compared));
  return (cosine) => {
    const above = cosine - noise.centre;
    if (above <= 0) return noMeaning;
    const alone = cosine < clear ? clearSimilarity * (above / (clear - noise.centre)) ** chancePower : clearSimilarity + (1 - clearSimilarity) * ((cosine - clear) / (1 - clear)) ** chancePower;
    return { nearness: Math.min(1, above / (1 - noise.centre)), alone: Math.min(1, alone) };
  };
}

/** Middle and spread of what has nothing in common with the query: from the lower half, so that what stands out raises no bar for itself. */
function toNoise({ sample, kept }: ComparedCosines): Noise {
  const at = (share: number): number => sample[Math.floor(share * sample.length)] ?? 0;
  const middle = at(0.5);
  const spread = middle - at(belowDeviation);
  const trusted = kept + usual.count;
  return {
    centre: Math.max(0, (middle * kept + usual.centre * usual.count) / trusted),
    spread: Math.sqrt((spread ** 2 * kept + usual.variance * usual.count) / trusted),
  };
}

/**
 * The cosine from which on something is no chance; never what unrelated texts
 * usually have. The largest of n chance
 * values lies about √(2 ln n) deviations above their middle, the k-th largest
 * about √(2 ln (n / k)). So one text must be nearer the more is searched, and
 * each of several that are as near less so: they bear each other out.
 */
function toClear({ centre, spread }: Noise, { searched, nearest }: ComparedCosines): number {
  const toBar = (count: number): number => centre + (Math.sqrt(2 * Math.log((searched + usual.count) / count)) + clearMargin) * spread;
  const together = nearest.slice(0, mostTogether).findLastIndex((cosine, index) => cosine >= toBar(index + 1));
  return Math.max(usual.centre, toBar(Math.max(1, together + 1)));
}
