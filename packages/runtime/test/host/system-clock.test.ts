import { describe, expect, it } from "vitest";
import { createSystemClock } from "../../src/host/system-clock.ts";

describe("the machine's clock", () => {
  const clock = createSystemClock();

  it("tells wall time and a time that never goes back", () => {
    const [first, second] = [clock.monotonic(), clock.monotonic()];
    expect(second).toBeGreaterThanOrEqual(first);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
  });

  it("calls after the time, and not when it is called off", async () => {
    const called: string[] = [];
    const cancel = clock.after(1, () => called.push("cancelled"));
    cancel();
    await new Promise<void>((resolve) => clock.after(5, resolve));
    expect(called).toEqual([]);
  });

  it("ends a sleep with the reason of its signal", async () => {
    const controller = new AbortController();
    const sleep = clock.sleep(60_000, controller.signal);
    controller.abort(new Error("woken"));
    await expect(sleep).rejects.toThrow("woken");
    await expect(clock.sleep(60_000, controller.signal)).rejects.toThrow("woken");
    await clock.sleep(1);
  });

  it("waits longer than one timer can, and not at once", async () => {
    let isCalled = false;
    const cancel = clock.after(2 ** 40, () => {
      isCalled = true;
    });
    await clock.sleep(5);
    cancel();
    expect(isCalled).toBe(false);
  });
});
