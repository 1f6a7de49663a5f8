import type { SessionWindow, SessionWindows, Store } from "@omni/core";
import type { ConsolidationRecords } from "./consolidation/consolidation-record.ts";
import type { EarlierTurns } from "./earlier-turns.ts";

/** Most windows kept open; the least recently used goes first and is reopened from the store. */
const mostOpen = 1_000;

/** The windows of the sessions in use. */
export interface OpenWindows {
  /** The window of a session, as the store knows it now. */
  of(sessionId: string): Promise<SessionWindow>;
}

/** What windows are opened with. */
export interface WindowParts {
  readonly store: Store;
  readonly earlier: Pick<EarlierTurns, "clear">;
  readonly records: Pick<ConsolidationRecords, "read">;
}

/**
 * Keeps windows open between turns. Another process may have added turns
 * meanwhile, or let go of all, or erased the session: the store's total and
 * its newest slot tell, and the window is opened anew. What a consolidation that
 * was killed has summed up and not released any more is released then.
 */
export function createOpenWindows(windows: SessionWindows, { store, earlier, records }: WindowParts): OpenWindows {
  const open = new Map<string, SessionWindow>();
  const reopen = async (sessionId: string, totals: { readonly totalTurns: number; readonly totalToolCalls: number }): Promise<SessionWindow> => {
    const limit = Math.min(windows.capacity, Number.MAX_SAFE_INTEGER);
    const slots = totals.totalTurns === 0 ? [] : await store.slots(sessionId, limit);
    const { through } = slots.length === 0 ? { through: null } : (await records.read(sessionId)).record;
    const passed = slots.findIndex((slot) => slot.turnId === through);
    if (passed !== -1 && through !== null) await store.release(sessionId, through);
    return windows.open(sessionId, { ...totals, slots: slots.slice(passed + 1) });
  };
  return {
    async of(sessionId) {
      const { totalTurns = 0, totalToolCalls = 0, newestTurnId = null } = (await store.session(sessionId)) ?? {};
      const known = open.get(sessionId);
      open.delete(sessionId);
      const seen = known?.stats().totalTurns ?? 0;
      if (totalTurns < seen) earlier.clear();
      const isCurrent = known !== undefined && seen === totalTurns && (known.recent(1)[0]?.turnId ?? null) === newestTurnId;
      const window = isCurrent ? known : await reopen(sessionId, { totalTurns, totalToolCalls });
      open.set(sessionId, window);
      const oldest = open.size > mostOpen ? open.keys().next().value : undefined;
      if (oldest !== undefined) open.delete(oldest);
      return window;
    },
  };
}
