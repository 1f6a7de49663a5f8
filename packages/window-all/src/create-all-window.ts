import type { SessionWindow, SessionWindows, TurnSlot, WindowState } from "@omni/core";

/** Makes windows that hold every turn: the naive way, for tests, comparison and short sessions. */
export function createAllWindow(): SessionWindows {
  return { capacity: Infinity, open: (_sessionId, state) => openWindow(state) };
}

function openWindow(state: WindowState): SessionWindow {
  const slots: TurnSlot[] = [];
  const held = new Set<string>();
  let { totalTurns, totalToolCalls } = state;
  const add = (slot: TurnSlot): boolean => {
    if (held.has(slot.turnId)) return false;
    held.add(slot.turnId);
    slots.push(slot);
    return true;
  };
  for (const slot of state.slots) add(slot);
  return {
    append(slot) {
      if (!add(slot)) return;
      totalTurns += 1;
      totalToolCalls += slot.toolCalls;
    },
    recent: (limit) => (limit >= 1 ? slots.slice(-Math.floor(limit)) : []),
    oldest: (limit) => (limit >= 1 ? slots.slice(0, Math.floor(limit)) : []),
    release(throughTurnId) {
      const last = slots.findIndex((slot) => slot.turnId === throughTurnId);
      for (const slot of slots.splice(0, last + 1)) held.delete(slot.turnId);
    },
    stats: () => ({ totalTurns, totalToolCalls, used: slots.length, capacity: Infinity, tokens: slots.reduce((sum, slot) => sum + slot.tokens, 0) }),
  };
}
