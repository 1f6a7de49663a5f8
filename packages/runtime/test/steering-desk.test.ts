import { describe, expect, it } from "vitest";
import type { QueueMode, TurnInput } from "@omni/core";
import { createSteeringDesk } from "../src/steering-desk.ts";

const toInput = (turnId: string, text: string, mode: QueueMode = "steer"): TurnInput => ({ turnId, sessionId: "test:a", text, mode, principal: { id: "token:t", scopes: ["chat"] }, autonomy: "supervised", workspace: "/w", origin: "test", interactive: true, at: 0 });
const running = toInput("t0", "begin", "queue");

describe("a desk for messages that would join a turn", () => {
  it("keeps as many characters as it has room for, and leaves the rest to be turns of their own", () => {
    const desk = createSteeringDesk(() => false, 10);
    desk.accepted(toInput("t1", "123456"));
    desk.accepted(toInput("t2", "12345"));
    desk.accepted(toInput("t3", "1234"));
    expect(desk.take(running, 1).map(({ turnId }) => turnId)).toEqual(["t1", "t3"]);
    expect([desk.isTaken("t1"), desk.isTaken("t2")]).toEqual([true, false]);
  });

  it("tells no turn a message that is an exact call", () => {
    const desk = createSteeringDesk((text) => text.startsWith("files.list"));
    desk.accepted(toInput("t1", "files.list {}"));
    desk.accepted(toInput("t2", "and this"));
    expect(desk.take(running, 1).map(({ turnId }) => turnId)).toEqual(["t2"]);
    expect(desk.isTaken("t1")).toBe(false);
  });

  it("has its room back for what was taken, began by itself or was cancelled", () => {
    const desk = createSteeringDesk(() => false, 10);
    for (let round = 0; round < 3; round += 1) {
      desk.accepted(toInput(`taken ${round}`, "1234567890"));
      expect(desk.take(running, 1)).toHaveLength(1);
      desk.accepted(toInput(`left ${round}`, "1234567890", "collect"));
      desk.leave(`left ${round}`);
      // It was never here, or has left already.
      for (const turnId of ["nothing", `left ${round}`, `taken ${round}`]) desk.leave(turnId);
      desk.accepted(toInput("too much", "12345678901"));
      expect(desk.take(running, 1)).toEqual([]);
    }
  });
});
