import { describe, expect, it } from "vitest";
import type { LiveEvent, TurnHandle } from "@omni/runtime";
import { createManualClock } from "@omni/testkit/fakes";
import { readTurnFeed } from "../src/turn-feed.ts";

const event: LiveEvent = { id: "1.1", event: { type: "text-delta", text: "hi" } };
const never = new Promise<never>(() => undefined);

/** A turn whose one event comes when the test says so. */
function createTurn(): { readonly handle: TurnHandle; come(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* events(): AsyncGenerator<LiveEvent, void, undefined> {
    await promise;
    yield event;
    await never;
  }
  return { handle: { turnId: "t", sessionId: "http:a", isRepeat: false, isCommand: false, outcome: never, events }, come: resolve };
}

const context = { clock: createManualClock(), principal: { id: "p", scopes: ["read"] as const }, requestId: "r", lastEventId: undefined };

describe("readTurnFeed", () => {
  it("tells an event when it comes", async () => {
    const { handle, come } = createTurn();
    const next = readTurnFeed(handle, context, new AbortController().signal).next();
    come();
    expect((await next).value).toMatchObject({ kind: "event", id: "1.1", data: { text: "hi" } });
  });

  it("tells nothing more to who left while the event was on its way", async () => {
    const { handle, come } = createTurn();
    const life = new AbortController();
    const next = readTurnFeed(handle, context, life.signal).next();
    come();
    life.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
