import type { TurnSlot } from "@omni/core";

/** A bounded queue of slots that knows its turn ids and the sum of its tokens. */
export interface SlotRing {
  /** True while the turn's slot is held. */
  has(turnId: string): boolean;
  /** Adds the newest slot and lets the oldest go when the ring is full. O(1), amortised over its growth. */
  push(slot: TurnSlot): void;
  /** The newest slots, oldest first. Costs what it returns. */
  newest(limit: number): readonly TurnSlot[];
  /** The oldest slots, oldest first. Costs what it returns. */
  oldest(limit: number): readonly TurnSlot[];
  /** Drops the slots up to and including this turn's. Costs what it drops. */
  dropThrough(turnId: string): void;
  used(): number;
  tokens(): number;
}

/** A new ring has room for this many slots and doubles from there: most sessions are short. */
const firstRoom = 16;

/**
 * Makes a ring. Slots are numbered as they come; slot `n` stands at place
 * `n mod room`, so that growing only deals the places out anew and the number
 * of a turn finds its place at once.
 */
export function createSlotRing(capacity: number): SlotRing {
  let places: (TurnSlot | undefined)[] = emptyPlaces(Math.min(capacity, firstRoom));
  let start = 0;
  let end = 0;
  let tokens = 0;
  const numbers = new Map<string, number>();

  const dropOldest = (): void => {
    const place = start % places.length;
    const slot = places[place];
    places[place] = undefined;
    start += 1;
    if (slot === undefined) return;
    numbers.delete(slot.turnId);
    tokens -= slot.tokens;
  };
  const range = (from: number, to: number): readonly TurnSlot[] => {
    const slots: TurnSlot[] = [];
    for (let number = from; number < to; number += 1) {
      const slot = places[number % places.length];
      if (slot !== undefined) slots.push(slot);
    }
    return slots;
  };
  const grow = (): void => {
    const held = range(start, end);
    places = emptyPlaces(Math.min(capacity, places.length * 2));
    held.forEach((slot, index) => {
      places[(start + index) % places.length] = slot;
    });
  };

  return {
    has: (turnId) => numbers.has(turnId),
    push(slot) {
      if (end - start === places.length && places.length < capacity) grow();
      if (end - start === places.length) dropOldest();
      places[end % places.length] = slot;
      numbers.set(slot.turnId, end);
      tokens += slot.tokens;
      end += 1;
    },
    newest: (limit) => range(end - toCount(limit, end - start), end),
    oldest: (limit) => range(start, start + toCount(limit, end - start)),
    dropThrough(turnId) {
      const last = numbers.get(turnId) ?? -1;
      while (start <= last) dropOldest();
    },
    used: () => end - start,
    tokens: () => tokens,
  };
}

function emptyPlaces(count: number): undefined[] {
  return Array.from({ length: count }, () => undefined);
}

/** A limit as a count of what is there: nothing for what is no positive number. */
function toCount(limit: number, used: number): number {
  return limit >= 1 ? Math.min(Math.floor(limit), used) : 0;
}
