/** What a batch of turns comes down to. */
export interface BatchSummary {
  /** The rolling summary of the session so far, this batch included. */
  readonly summary: string;
  /** What can be learned from it; empty where nothing was tried. */
  readonly experiences: readonly Experience[];
}

/** One thing that was tried: what for, how, and what came of it. */
export interface Experience {
  readonly intent: string;
  readonly experience: string;
  readonly outcome: string;
}

/** Most characters of a rolling summary, some 1,200 tokens of prose: it is in every request of the session. */
export const mostSummaryCharacters = 4_800;
