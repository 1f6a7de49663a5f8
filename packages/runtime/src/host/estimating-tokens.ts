import type { TokenCounter } from "@omni/core";
import { estimateTokens } from "./estimate-tokens.ts";
import { rememberEstimates } from "./remembered-estimates.ts";

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
 */
export function createEstimatingTokens(): TokenCounter {
  const toEstimate = rememberEstimates(estimate);
  let factor = 1;
  return {
    count: (text) => (text === "" ? 0 : Math.ceil(toEstimate(text) * factor)),
    calibrate(estimated, reported) {
      if (!Number.isFinite(estimated) || !Number.isFinite(reported) || estimated < smallestEvidence || reported <= 0) return;
      const seen = clamp((reported / estimated) * factor);
      factor = clamp(factor + (seen - factor) * (seen > factor ? 0.5 : 0.1));
    },
  };
}

function clamp(factor: number): number {
  return Math.min(highestFactor, Math.max(lowestFactor, factor));
}

function estimate(text: string): number {
  if (text.length <= longestCounted) return Math.max(1, estimateTokens(text), text.length * leastPerCharacter);
  const length = longestCounted / samples;
  const starts = Array.from({ length: samples }, (_, index) => Math.floor(((text.length - length) * index) / (samples - 1)));
  const counted = starts.reduce((sum, start) => sum + estimate(text.slice(start, start + length)), 0);
  return counted * (text.length / longestCounted);
}
