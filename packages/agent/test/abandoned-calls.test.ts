import { describe, expect, it } from "vitest";
import type { DurableEvent } from "@omni/core";
import { toLostResults } from "../src/abandoned-calls.ts";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

describe("toLostResults", () => {
  it("gives every call of a record its one result, wherever the record ends", async () => {
    const script = [calls(["a.once", {}], ["a.read", {}]), says("ok")];
    const turn = createHarness({ script, tools: [tool("a.once", "once", async () => text("did it")), tool("a.read", "read", async () => text("saw it"))] });
    await turn.run();
    for (let length = 0; length <= turn.recorded.length; length += 1) {
      const events: readonly DurableEvent[] = turn.recorded.slice(0, length);
      const called = events.flatMap((event) => (event.type === "model-reply" ? event.calls : []));
      const all = [...events, ...toLostResults(events, 0)].flatMap((event) => (event.type === "tool-result" ? [event.callId] : []));
      expect(all.toSorted(), `after ${length} events`).toEqual(called.map((_call, index) => `r1c${index}`));
    }
  });
});
