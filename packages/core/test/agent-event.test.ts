import { describe, expect, it } from "vitest";
import { durability, isDurable } from "../src/agent-event.ts";

describe("durability", () => {
  it("calls exactly the deltas and the progress transient", () => {
    const transient = Object.entries(durability).flatMap(([type, durable]) => (durable ? [] : [type]));
    expect(transient.sort()).toEqual(["progress", "reasoning-delta", "text-delta"]);
    expect(isDurable({ type: "text-delta", text: "" })).toBe(false);
    expect(isDurable({ type: "steer", round: 1, text: "", at: 0 })).toBe(true);
  });
});
