import type { Clock, SessionWindow } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { Consolidated, ConsolidationParts } from "./consolidate-batch.ts";
import { consolidateBatch } from "./consolidate-batch.ts";

/** Most sessions that are consolidated at the same time: it is background work. */
const concurrency = 2;

/** Newest turns that stay as they are when a person compacts by hand. */
const keptByHand = 2;

/** Turns one batch takes where the window does not say. */
const defaultBatch = 32;

/** Waits after a summary that failed before the session is tried again, milliseconds: from ten seconds, doubling, to an hour. */
const firstWaitMs = 10_000;
const longestWaitMs = 3_600_000;

/** What a consolidator works with. */
export interface ConsolidatorParts extends ConsolidationParts {
  readonly clock: Clock;
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
  /** Takes no more work and ends what runs; it goes on another time. Resolves when nothing runs. */
  stop(): Promise<void>;
}

/** Makes a consolidator. */
export function createConsolidator(parts: ConsolidatorParts): Consolidator {
  const { clock, log, windows } = parts;
  const life = new AbortController();
  const running = new Map<string, Promise<Consolidated>>();
  const failures = new Map<string, { readonly count: number; readonly until: number }>();
  const batch = windows.consolidateBatch ?? defaultBatch;

  /** Batch after batch until so many turns are taken, or none is left to take. */
  const work = async (sessionId: string, keep: number, target: number): Promise<Consolidated> => {
    let sum: Consolidated = { through: "", turns: 0, episodes: 0 };
    while (sum.turns < target) {
      const done = await consolidateBatch(sessionId, { most: Math.min(batch, target - sum.turns), keep }, parts, life.signal);
      if (done === undefined) break;
      (await parts.windowOf(sessionId)).release(done.through);
      sum = { through: done.through, turns: sum.turns + done.turns, episodes: sum.episodes + done.episodes };
    }
    return sum;
  };
  const begin = (sessionId: string, keep: number, target: number): Promise<Consolidated> => {
    const begun = work(sessionId, keep, target).finally(() => running.delete(sessionId));
    running.set(sessionId, begun);
    return begun;
  };
  const inBackground = (sessionId: string, target: number): void => {
    if (life.signal.aborted || running.has(sessionId) || running.size >= concurrency) return;
    const failed = failures.get(sessionId);
    if (failed !== undefined && clock.monotonic() < failed.until) return;
    begin(sessionId, 1, target).then(
      (done) => {
        failures.delete(sessionId);
        if (done.turns > 0) log.info("turns were consolidated", { sessionId, turns: done.turns, episodes: done.episodes });
      },
      (error: unknown) => {
        if (life.signal.aborted) return;
        const count = (failed?.count ?? 0) + 1;
        failures.set(sessionId, { count, until: clock.monotonic() + Math.min(longestWaitMs, firstWaitMs * 2 ** (count - 1)) });
        log.warn("turns could not be consolidated; nothing was released", { sessionId, message: toOmniError(error).message });
      },
    );
  };

  return {
    consider(sessionId, window, shown) {
      const { used } = window.stats();
      const isFull = windows.consolidateAt !== undefined && used >= windows.consolidateAt;
      const hidden = windows.consolidateAt === undefined ? 0 : toHidden(window, shown);
      if (isFull || hidden > 0) inBackground(sessionId, Math.max(hidden, isFull ? batch : 0));
    },
    async compact(sessionId) {
      if (life.signal.aborted) throw new OmniError("gateway.draining", "Omni is stopping; try again in a moment.", { retryable: true });
      await running.get(sessionId)?.catch(() => undefined);
      return begin(sessionId, keptByHand, Number.MAX_SAFE_INTEGER);
    },
    async stop() {
      life.abort(new OmniError("gateway.draining", "Omni is stopping; consolidation goes on another time."));
      await Promise.allSettled(running.values());
    },
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
