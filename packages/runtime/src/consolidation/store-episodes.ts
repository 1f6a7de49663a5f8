import { untilStopped } from "@omni/agent";
import type { NewEpisode } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import { limited } from "../limited.ts";

/** Episodes that are handed to the memory at once: what comes together it can write together. */
const storedTogether = 64;

/** How long the memory may take over them, milliseconds: one that never ends would hold a place for good. */
const storeMs = 120_000;

/** What ends the storing, and what is done where some of it was left behind. */
export interface Storing {
  readonly signal: AbortSignal;
  /** Called once nothing of what was left behind can come any more: an erasure may have gone by meanwhile. */
  cameLate(): Promise<void>;
}

/**
 * Stores a batch's episodes, so many at once. Rejects as the memory does, but
 * not before all that was handed to it has ended, so that none is stored after
 * what comes next. What does not end soon after the signal, or within two
 * minutes, is left behind.
 */
export async function storeEpisodes(episodes: readonly NewEpisode[], { memory, clock, log }: Pick<ConsolidationParts, "memory" | "clock" | "log">, { signal, cameLate }: Storing): Promise<void> {
  if (memory === undefined) return;
  const late = (): OmniError => new OmniError("memory.failed", `The memory did not store what was said within ${storeMs} ms; try again later.`, { retryable: true });
  for (let start = 0; start < episodes.length; start += storedTogether) {
    signal.throwIfAborted();
    let isOver = false;
    const storing = Promise.allSettled(episodes.slice(start, start + storedTogether).map((episode) => memory.store(episode))).finally(() => {
      isOver = true;
    });
    try {
      const stored = await limited((each) => untilStopped(storing, each, clock), { clock, signal, milliseconds: storeMs, late });
      for (const each of stored) if (each.status === "rejected") throw each.reason;
    } catch (error) {
      if (!isOver) storing.then(cameLate).catch((failure: unknown) => log.warn("what was stored late could not be looked at", { message: toOmniError(failure).message }));
      throw error;
    }
  }
}
