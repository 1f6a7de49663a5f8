import type { Clock, ModelInfo } from "@omni/core";

/** How long a list of models is taken for true, in milliseconds: whoever loads another one looks for it within a minute. */
const keptMs = 60_000;

/** The models of an endpoint, asked for when they are needed and kept for a while. */
export interface KeptModels {
  /** The models on offer, asked for once for all callers together. */
  list(): Promise<readonly ModelInfo[]>;
  /** The one that was given before, as long as it is listed, else the first; undefined where none is listed. */
  first(): Promise<ModelInfo | undefined>;
  /** Says that the endpoint does not know this model: what it listed is not true any more. */
  forget(id: string): void;
}

/** A list that was asked for, and until when it is true, by `Clock.monotonic`. */
interface Listing {
  readonly models: Promise<readonly ModelInfo[]>;
  until: number;
}

/**
 * Keeps what `ask` answers. A failure and an empty list are not kept: a server
 * may get its first model at any time. One that cannot be asked again is taken
 * to have what it had: it may still answer.
 */
export function createKeptModels(ask: () => Promise<readonly ModelInfo[]>, clock: Pick<Clock, "monotonic">): KeptModels {
  let kept: Listing | undefined;
  let firstId: string | undefined;
  const begin = (earlier: Listing | undefined): Listing => {
    const listing: Listing = { models: ask().catch((error: unknown) => toEarlier(earlier, error)), until: Infinity };
    const end = (milliseconds: number): void => void (listing.until = clock.monotonic() + milliseconds);
    listing.models.then((models) => end(models.length === 0 ? 0 : keptMs), () => end(0));
    return listing;
  };
  const list = (): Promise<readonly ModelInfo[]> => {
    if (kept === undefined || clock.monotonic() >= kept.until) kept = begin(kept);
    return kept.models;
  };
  return {
    list,
    async first() {
      const models = await list();
      // A model that was put before it must not take over a conversation.
      const first = models.find((each) => each.id === firstId) ?? models[0];
      firstId = first?.id;
      return first;
    },
    forget(id) {
      kept = undefined;
      if (firstId === id) firstId = undefined;
    },
  };
}

/** What was listed before an error; rejects with the error where that was nothing. */
async function toEarlier(earlier: Listing | undefined, error: unknown): Promise<readonly ModelInfo[]> {
  const models = (await earlier?.models.catch(() => undefined)) ?? [];
  if (models.length === 0) throw error;
  return models;
}
