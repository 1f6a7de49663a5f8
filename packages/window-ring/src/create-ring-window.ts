import type { SessionWindow, SessionWindows, TurnSlot, WindowState } from "@omni/core";
import type { RingWindowOptions } from "./ring-window-options.ts";
import { createSlotRing } from "./slot-ring.ts";

/** Makes windows that hold the newest `capacity` turns of each session. */
export function createRingWindow(options: RingWindowOptions): SessionWindows {
  return { ...options, open: (_sessionId, state) => openWindow(options.capacity, state) };
}

function openWindow(capacity: number, state: WindowState): SessionWindow {
  const ring = createSlotRing(capacity);
  for (const slot of state.slots) if (!ring.has(slot.turnId)) ring.push(slot);
  let totalTurns = state.totalTurns;
  let totalToolCalls = state.totalToolCalls;
  const append = (slot: TurnSlot): void => {
    if (ring.has(slot.turnId)) return;
    ring.push(slot);
    totalTurns += 1;
    totalToolCalls += slot.toolCalls;
  };
  return {
    append,
    recent: (limit) => ring.newest(limit),
    oldest: (limit) => ring.oldest(limit),
    release: (throughTurnId) => ring.dropThrough(throughTurnId),
    stats: () => ({ totalTurns, totalToolCalls, used: ring.used(), capacity, tokens: ring.tokens() }),
  };
}
