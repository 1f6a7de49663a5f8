import type { SessionWindow } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { Consolidated } from "./consolidate-batch.ts";
import type { ConsolidationParts } from "./consolidation-parts.ts";
import { consolidateBatch } from "./consolidate-batch.ts";
import { createSessionRuns } from "./session-runs.ts";

/** Most sessions that are consolidated at the same time: it is background work. */
const concurrency = 2;

/** Newest turns that stay as they are when a person compacts by hand. */
const keptByHand = 2;

/** Turns one batch takes where the window does not say. */
const defaultBatch = 32;

/** Waits after a summary that failed before the session is tried again, milliseconds: from ten seconds, doubling, to an hour. */
const firstWaitMs = 10_000;
const longestWaitMs = 3_600_000;

/** Most sessions whose failures are kept in mind, the newest: one that is forgotten is tried again sooner. */
const mostFailures = 1_000;

/** What a consolidator works with. */
export interface ConsolidatorParts extends ConsolidationParts {
  /** When the window asks for consolidation, and how much it wants taken. */
  readonly windows: { readonly consolidateAt?: number; readonly consolidateBatch?: number };
  /** The open window of a session. */
  windowOf(sessionId: string): Promise<SessionWindow>;
}

/** What of the history the model was shown in a turn. */
export interface ShownHistory {
  /** The first earlier turn; null for none. */
  readonly from: string | null;
  /** True where something had to be cut. */
  readonly isTrimmed: boolean;
}

/** Carries turns from the window into the memory. */
export interface Consolidator {
  /**
   * Looks after a turn whether its session is due, and consolidates in the
   * background: when the window holds as many turns as it wants to, or when
   * turns that the window holds no longer fit what the model is shown.
   */
  consider(sessionId: string, window: SessionWindow, shown: ShownHistory): void;
  /** Consolidates all but the newest turns now. */
  compact(sessionId: string): Promise<Pick<Consolidated, "turns" | "episodes">>;
  /** Ends what runs for a session and consolidates nothing of it until `during` is settled, which is called when nothing runs: for who erases it. */
  suspend<Outcome>(sessionId: string, during: () => Promise<Outcome>): Promise<Outcome>;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Takes no more work and ends what runs; it goes on another time. Resolves when nothing runs. */
  stop(): Promise<void>;
}

/** Makes a consolidator. */
export function createConsolidator(parts: ConsolidatorParts): Consolidator {
  const { clock, log, windows } = parts;
  const runs = createSessionRuns<Consolidated>(concurrency);
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  const batch = windows.consolidateBatch ?? defaultBatch;

  /** Batch after batch until so many turns are taken, or none is left to take. */
  const work = async (sessionId: string, { keep, target }: { readonly keep: number; readonly target: number }, signal: AbortSignal): Promise<Consolidated> => {
    let sum: Consolidated = { through: "", turns: 0, episodes: 0 };
    while (sum.turns < target) {
      const done = await consolidateBatch(sessionId, { most: Math.min(batch, target - sum.turns), keep }, parts, signal);
      if (done === undefined) break;
      (await parts.windowOf(sessionId)).release(done.through);
      sum = { through: done.through, turns: sum.turns + done.turns, episodes: sum.episodes + done.episodes };
    }
    return sum;
  };
  /** What is done in the background: it is told of nobody but the log, and tried again. */
  const attempt = async (sessionId: string, target: number, signal: AbortSignal): Promise<Consolidated> => {
    try {
      const done = await work(sessionId, { keep: 1, target }, signal);
      failures.delete(sessionId);
      if (done.turns > 0) log.info("turns were consolidated", { sessionId, turns: done.turns, episodes: done.episodes });
      return done;
    } catch (error) {
      if (signal.aborted) throw error;
      const count = (failures.get(sessionId)?.count ?? 0) + 1;
      // Set anew it is the newest in the map's order.
      failures.delete(sessionId);
      failures.set(sessionId, { count, until: clock.monotonic() + Math.min(longestWaitMs, firstWaitMs * 2 ** (count - 1)) });
      const oldest = failures.size > mostFailures ? failures.keys().next().value : undefined;
      if (oldest !== undefined) failures.delete(oldest);
      log.warn("turns could not be consolidated; nothing was released", { sessionId, message: toOmniError(error).message });
      throw error;
    }
  };

  return {
    consider(sessionId, window, shown) {
      const { used } = window.stats();
      const isFull = windows.consolidateAt !== undefined && used >= windows.consolidateAt;
      const hidden = windows.consolidateAt === undefined ? 0 : toHidden(window, shown);
      const target = Math.max(hidden, isFull ? batch : 0);
      const failed = failures.get(sessionId);
      if (target === 0 || (failed !== undefined && clock.monotonic() < failed.until)) return;
      // What fails was told; what was ended goes on another time.
      runs.offer(sessionId, (signal) => attempt(sessionId, target, signal))?.catch(() => undefined);
    },
    compact: (sessionId) => runs.take(sessionId, (signal) => work(sessionId, { keep: keptByHand, target: Number.MAX_SAFE_INTEGER }, signal)),
    async suspend(sessionId, during) {
      failures.delete(sessionId);
      return runs.suspend(sessionId, during);
    },
    idle: runs.idle,
    stop: () => runs.end(new OmniError("gateway.draining", "Omni is stopping; try again in a moment.", { retryable: true })),
  };
}

/** Turns the window holds before the first that the model was shown; the turn that has just ended is none of them. */
function toHidden(window: SessionWindow, { from, isTrimmed }: ShownHistory): number {
  const { used } = window.stats();
  if (from === null) return isTrimmed ? Math.max(0, used - 1) : 0;
  const [oldest] = window.oldest(1);
  if (oldest === undefined || oldest.turnId === from) return 0;
  const held = window.oldest(used);
  const before = held.slice(0, Math.max(0, held.findIndex((slot) => slot.turnId === from)));
  // A turn that never came to a prompt has nothing to show and hides nothing.
  return before.some((slot) => slot.tokens > 0) ? before.length : 0;
}
