import type { Clock, Random } from "@omni/core";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * The machine's chance. Ids are ULIDs: 48 bits of time, 80 of chance; ids of
 * the same millisecond, or of a clock that went back, count up from the last,
 * so that the order of making is the order of the text.
 */
export function createSystemRandom(clock: Clock): Random {
  let lastTime = -1;
  let chance = 0n;
  return {
    next: () => Math.random(),
    // Loaded when first needed: it takes some ten milliseconds, which every start of the program would pay.
    bytes: (length) => new Uint8Array(process.getBuiltinModule("node:crypto").randomBytes(length)),
    id() {
      const now = clock.now();
      if (now > lastTime) {
        lastTime = now;
        chance = (toChance() << 40n) | toChance();
      } else if (chance < maxChance) {
        chance += 1n;
      } else {
        lastTime += 1;
        chance = 0n;
      }
      return toText(BigInt(lastTime), 10) + toText(chance, 16);
    },
  };
}

const maxChance = (1n << 80n) - 1n;

/** Forty random bits. An id must be unique, not secret: whoever may read a turn is asked for a token. */
function toChance(): bigint {
  return BigInt(Math.floor(Math.random() * 2 ** 40));
}

function toText(number: bigint, length: number): string {
  return Array.from({ length }, (_, index) => alphabet[Number((number >> BigInt(5 * (length - 1 - index))) & 31n)] ?? "0").join("");
}
