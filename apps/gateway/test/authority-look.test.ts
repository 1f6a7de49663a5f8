import { describe, expect, it } from "vitest";
import { createManualClock } from "@omni/testkit/fakes";
import { createAuthorityLook, isOver } from "../src/authority-look.ts";

describe("a look at whether somebody still may go on", () => {
  it("is sure where the store answers, at once", async () => {
    const clock = createManualClock();
    expect(await createAuthorityLook(clock, async () => true)()).toBe("good");
    expect(await createAuthorityLook(clock, async () => false)()).toBe("lost");
    expect((["good", "lost", "unknown", "unavailable"] as const).map(isOver)).toEqual([false, true, false, true]);
  });

  it("is not held against anybody where it fails, until it has failed for a second on end", async () => {
    const clock = createManualClock();
    let isBroken = true;
    const look = createAuthorityLook(clock, async () => {
      if (isBroken) throw new Error("locked");
      return true;
    });
    const after = async (milliseconds: number): Promise<string> => {
      await clock.advance(milliseconds);
      return look();
    };
    expect([await after(0), await after(999)]).toEqual(["unknown", "unknown"]);
    isBroken = false;
    expect(await after(0)).toBe("good");
    isBroken = true;
    expect([await after(500), await after(999), await after(1), await after(500)]).toEqual(["unknown", "unknown", "unavailable", "unavailable"]);
  });
});
