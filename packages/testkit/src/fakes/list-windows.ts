import type { SessionWindows, TurnSlot } from "@omni/core";

/** Makes windows that keep their slots in a plain list and work everything out anew: a model to compare others with. */
export function createListWindows(capacity: number = Infinity): SessionWindows {
  return {
    capacity,
    open(_sessionId, state) {
      let slots: readonly TurnSlot[] = [];
      let { totalTurns, totalToolCalls } = state;
      const isHeld = (turnId: string): boolean => slots.some((slot) => slot.turnId === turnId);
      const add = (slot: TurnSlot): void => {
        slots = [...slots, slot].slice(capacity === Infinity ? 0 : -capacity);
      };
      for (const slot of state.slots) if (!isHeld(slot.turnId)) add(slot);
      return {
        append(slot) {
          if (isHeld(slot.turnId)) return;
          add(slot);
          totalTurns += 1;
          totalToolCalls += slot.toolCalls;
        },
        recent: (limit) => (limit >= 1 ? slots.slice(-Math.floor(limit)) : []),
        oldest: (limit) => (limit >= 1 ? slots.slice(0, Math.floor(limit)) : []),
        release(throughTurnId) {
          slots = slots.slice(slots.findIndex((slot) => slot.turnId === throughTurnId) + 1);
        },
        stats: () => ({ totalTurns, totalToolCalls, used: slots.length, capacity, tokens: slots.reduce((sum, slot) => sum + slot.tokens, 0) }),
      };
    },
  };
}
