/** Counts tokens as the model would, or nearly so. */
export interface TokenCounter {
  /** Tokens of `text`; at least 0, 0 for an empty text. */
  count(text: string): number;
  /** Tells what a provider reported for a request that was estimated at `estimated`, so that later counts fit it. */
  calibrate(estimated: number, reported: number): void;
}
