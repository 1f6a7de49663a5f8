import { describe, expect, it } from "vitest";
import { createManualClock } from "@omni/testkit/fakes";
import { createDeadline } from "../src/deadline.ts";

describe("createDeadline", () => {
  it("does not count the time while it is paused, however pauses nest", async () => {
    const clock = createManualClock();
    let expired = 0;
    const deadline = createDeadline(clock, 100, () => (expired += 1));
    await clock.advance(60);
    deadline.pause();
    deadline.pause();
    await clock.advance(1_000);
    deadline.resume();
    await clock.advance(1_000);
    deadline.resume();
    await clock.advance(39);
    expect(expired).toBe(0);
    await clock.advance(1);
    expect(expired).toBe(1);
  });

  it("adds the time that it was held to what is left, also where it would have run out meanwhile", async () => {
    const clock = createManualClock();
    let expired = 0;
    const deadline = createDeadline(clock, 100, () => (expired += 1));
    for (const held of [30, 1_000]) {
      await clock.advance(10);
      deadline.hold();
      await clock.advance(held);
      deadline.release();
    }
    await clock.advance(79);
    expect(expired).toBe(0);
    await clock.advance(1);
    expect([expired, clock.pending]).toEqual([1, 0]);
  });

  it("is over at once where it was stopped while it was held", async () => {
    const clock = createManualClock();
    const deadline = createDeadline(clock, 100, () => expect.unreachable());
    deadline.hold();
    await clock.advance(200);
    deadline.stop();
    deadline.release();
    expect(clock.pending).toBe(0);
  });

  it("does nothing any more once stopped, and leaves no timer", async () => {
    const clock = createManualClock();
    let expired = 0;
    const deadline = createDeadline(clock, 100, () => (expired += 1));
    deadline.stop();
    await clock.advance(1_000);
    expect(expired).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("never expires when the limit is infinite", async () => {
    const clock = createManualClock();
    createDeadline(clock, Number.POSITIVE_INFINITY, () => expect.unreachable());
    await clock.advance(1e9);
    expect(clock.pending).toBe(0);
  });
});
