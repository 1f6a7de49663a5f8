import type { Random } from "@omni/core";

/** Chance that is the same in every run: ids count up, numbers come from a small generator (mulberry32). */
export function createCountingRandom(seed = 1): Random {
  let state = seed >>> 0;
  let count = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    id: () => `01TEST${String(seed).padStart(6, "0")}${String(++count).padStart(14, "0")}`,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}
