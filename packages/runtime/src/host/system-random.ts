import type { Clock, Random } from "@omni/core";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * The machine's chance. Ids are ULIDs: 48 bits of time, 80 of chance; ids of
 * the same millisecond, or of a clock that went back, count up from the last,
 * so that the order of making is the order of the text.
 */
export function createSystemRandom(clock: Clock): Random {
  let time = -1;
  let high = 0;
  let low = 0;
  return {
    next: () => Math.random(),
    // Loaded when first needed: it takes some ten milliseconds, which every start of the program would pay.
    bytes: (length) => new Uint8Array(process.getBuiltinModule("node:crypto").randomBytes(length)),
    id() {
      const now = clock.now();
      if (now > time) {
        time = now;
        high = toChance();
        low = toChance();
      } else if (low < most) {
        low += 1;
      } else if (high < most) {
        high += 1;
        low = 0;
      } else {
        time += 1;
        high = 0;
        low = 0;
      }
      return toText(time, 10) + toText(high, 8) + toText(low, 8);
    },
  };
}

/** Largest number of forty bits: chance is kept as two of them, for numbers are counted and written many times as fast as big integers. */
const most = 2 ** 40 - 1;

/** Forty random bits. An id must be unique, not secret: whoever may read a turn is asked for a token. */
function toChance(): number {
  return Math.floor(Math.random() * (most + 1));
}

/** A whole number below 2^53, five bits a character. */
function toText(number: number, length: number): string {
  let text = "";
  for (let rest = number; text.length < length; rest = Math.floor(rest / 32)) text = (alphabet[rest % 32] ?? "0") + text;
  return text;
}
