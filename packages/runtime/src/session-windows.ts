import type { AgentParts, EarlierTurn } from "@omni/agent";
import type { SessionWindow, SessionWindows, Store, TurnSlot } from "@omni/core";

/** Most windows kept open; the least recently used goes first and is reopened from the store. */
const mostOpen = 1_000;

/** The windows of the sessions in use. */
export interface OpenWindows {
  /** The window of a session, as the store knows it now. */
  of(sessionId: string): Promise<SessionWindow>;
  /** Loads earlier turns from the store. */
  readonly history: AgentParts["history"];
  /** Forgets a window; the next use reads the store again. */
  forget(sessionId: string): void;
}

/**
 * Keeps windows open between turns. Another process may have added turns
 * meanwhile, or let go of all: the store's total and its newest slot tell,
 * and the window is opened anew.
 */
export function createOpenWindows(windows: SessionWindows, store: Store): OpenWindows {
  const open = new Map<string, SessionWindow>();

  const load = async (sessionId: string): Promise<SessionWindow> => {
    const record = await store.session(sessionId);
    const totalTurns = record?.totalTurns ?? 0;
    const known = open.get(sessionId);
    open.delete(sessionId);
    const isCurrent = known !== undefined && known.stats().totalTurns === totalTurns && (await isNewest(known, sessionId, store));
    const limit = Math.min(windows.capacity, Number.MAX_SAFE_INTEGER);
    const window = isCurrent
      ? known
      : windows.open(sessionId, {
          totalTurns,
          totalToolCalls: record?.totalToolCalls ?? 0,
          slots: totalTurns === 0 ? [] : await store.slots(sessionId, limit),
        });
    open.set(sessionId, window);
    const oldest = open.size > mostOpen ? open.keys().next().value : undefined;
    if (oldest !== undefined) open.delete(oldest);
    return window;
  };

  return {
    of: load,
    history: (slots) => Promise.all(slots.map((slot) => loadTurn(slot, store))),
    forget: (sessionId) => {
      open.delete(sessionId);
    },
  };
}

/** True when the store and the window agree on which turn is the newest to be shown. */
async function isNewest(window: SessionWindow, sessionId: string, store: Store): Promise<boolean> {
  const [kept] = await store.slots(sessionId, 1);
  return kept?.turnId === window.recent(1)[0]?.turnId;
}

async function loadTurn(slot: TurnSlot, store: Store): Promise<EarlierTurn> {
  const [events, record] = await Promise.all([store.events(slot.turnId), store.turn(slot.turnId)]);
  const attachments = record?.input.attachments;
  return { turnId: slot.turnId, events, ...(attachments === undefined ? {} : { attachments }) };
}
