import { createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createSystemClock } from "../../src/host/system-clock.ts";
import { createSystemRandom } from "../../src/host/system-random.ts";

describe("the machine's chance", () => {
  it("makes ids of 26 characters that sort by the order of making, also within a millisecond", () => {
    const random = createSystemRandom(createSystemClock());
    const ids = Array.from({ length: 2_000 }, () => random.id());
    expect(ids.every((id) => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id))).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(2_000);
  });

  it("keeps the order when the clock goes back", () => {
    let now = 1_700_000_000_000;
    const random = createSystemRandom({ ...createManualClock(), now: () => now });
    const before = random.id();
    now -= 60_000;
    expect(random.id() > before).toBe(true);
  });

  it("puts the time into the first ten characters", () => {
    const random = createSystemRandom({ ...createManualClock(), now: () => 1_469_918_176_385 });
    expect(random.id().slice(0, 10)).toBe("01ARYZ6S41");
  });

  it("gives as many bytes as asked and numbers below one", () => {
    const random = createSystemRandom(createSystemClock());
    expect(random.bytes(32)).toHaveLength(32);
    expect(random.bytes(16)).not.toEqual(random.bytes(16));
    expect(random.next()).toBeLessThan(1);
  });
});
