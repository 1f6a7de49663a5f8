// Yours to write, at most 40 lines of code: which turns of a session the model sees.
// What stands here works and passes the kit; put your own in its place.

import type { OmniModule, SessionWindow, SessionWindows, TurnSlot, WindowState } from "@omni/core";

/** How many turns a window holds: few, so that leaving the oldest out by moving the rest costs nothing that grows. */
const capacity = 8;

/** Makes windows of the eight newest turns. */
export function create__Name__Window(): SessionWindows {
  return { capacity, open: (_sessionId, state) => openWindow(state) };
}

function openWindow(state: WindowState): SessionWindow {
  const slots: TurnSlot[] = [];
  let { totalTurns, totalToolCalls } = state;
  const add = (slot: TurnSlot): boolean => {
    if (slots.some(({ turnId }) => turnId === slot.turnId)) return false;
    slots.push(slot);
    if (slots.length > capacity) slots.shift();
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
      slots.splice(0, slots.findIndex(({ turnId }) => turnId === throughTurnId) + 1);
    },
    stats: () => ({ totalTurns, totalToolCalls, used: slots.length, capacity, tokens: slots.reduce((sum, { tokens }) => sum + tokens, 0) }),
  };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"window"> = {
  slot: "window",
  name: "__name__",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: create__Name__Window,
};
