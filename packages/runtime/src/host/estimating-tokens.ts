import type { TokenCounter } from "@omni/core";
import { estimateTokenCount } from "tokenx";

/**
 * What the estimate does not know: identifiers, hashes and base64 take one
 * token for about 1.6 characters, scripts beyond Latin, Greek and Cyrillic one
 * for about 2.2 (o200k; both rounded to the careful side).
 */
const languageConfigs = [
  { pattern: /^(?=.*\d)[A-Za-z\d]{20,}$/, averageCharsPerToken: 1.6 },
  { pattern: /[\u0590-\u10FF\u1200-\u1CFF]/, averageCharsPerToken: 2.2 },
];

/** A text never counts less than this many tokens a character, so that runs of spaces or marks are not free. */
const leastPerCharacter = 1 / 12;

/** Longer texts are counted from samples, characters. */
const longestCounted = 262_144;
const samples = 16;

/** Bounds of the factor: an estimate is never lowered by more than a tenth, and raised at most threefold. */
const lowestFactor = 0.9;
const highestFactor = 3;

/** Requests below this many tokens say little about the estimate's error. */
const smallestEvidence = 100;

/**
 * A counter that estimates, and fits itself to what the provider reports: too
 * low an estimate is mended by half the error at once, too high a one slowly.
 * Texts that come again (earlier turns, the tool list) are estimated once.
 */
export function createEstimatingTokens(): TokenCounter {
  let factor = 1;
  const estimateOnce = createEstimateCache();
  return {
    count: (text) => (text === "" ? 0 : Math.ceil(estimateOnce(text) * factor)),
    calibrate(estimated, reported) {
      if (!Number.isFinite(estimated) || !Number.isFinite(reported) || estimated < smallestEvidence || reported <= 0) return;
      const seen = clamp((reported / estimated) * factor);
      factor = clamp(factor + (seen - factor) * (seen > factor ? 0.5 : 0.1));
    },
  };
}

/** Texts worth remembering, and most characters of all that are remembered: two generations of each half as many. */
const shortestKept = 64;
const mostKept = 8_388_608;

/** Remembers estimates by text. When the young generation is full it becomes the old one, and what nobody asked for again is gone. */
function createEstimateCache(): (text: string) => number {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  let characters = 0;
  return (text) => {
    if (text.length < shortestKept || text.length > mostKept / 4) return estimate(text);
    const known = young.get(text);
    if (known !== undefined) return known;
    const estimated = old.get(text) ?? estimate(text);
    young.set(text, estimated);
    characters += text.length;
    if (characters > mostKept / 2) {
      old = young;
      young = new Map();
      characters = 0;
    }
    return estimated;
  };
}

function clamp(factor: number): number {
  return Math.min(highestFactor, Math.max(lowestFactor, factor));
}

function estimate(text: string): number {
  if (text.length <= longestCounted) return Math.max(1, estimateTokenCount(text, { languageConfigs }), text.length * leastPerCharacter);
  const length = longestCounted / samples;
  const starts = Array.from({ length: samples }, (_, index) => Math.floor(((text.length - length) * index) / (samples - 1)));
  const counted = starts.reduce((sum, start) => sum + estimate(text.slice(start, start + length)), 0);
  return counted * (text.length / longestCounted);
}
