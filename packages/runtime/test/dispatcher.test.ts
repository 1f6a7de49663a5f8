import { afterEach, describe, expect, it } from "vitest";
import type { Principal } from "@omni/core";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, owner } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

const guest: Principal = { id: "token:guest", scopes: ["chat"] };

describe("the messages of one principal", () => {
  it("fill half of the places there are, also where they come at once and were cancelled while they waited, and leave the rest to others", async () => {
    harness = await createRuntimeHarness({ script: () => ({ stall: true }), agent: { maxQueuedTurns: 10_000 } });
    const runtime = await harness.open();
    const say = (principal: Principal, sessionId: string): Promise<string> => runtime.submit(harness.message("hi", { principal, sessionId })).then(({ turnId }) => turnId, (error: { code: string }) => error.code);
    const said = await Promise.all(Array.from({ length: 5_100 }, () => say(guest, "test:full")));
    expect(said.filter((each) => each === "request.too-many")).toHaveLength(100);
    // It waits behind one that runs and keeps its place until its time comes.
    expect([await runtime.cancel(said[10] ?? ""), await say(guest, "test:full")]).toEqual([true, "request.too-many"]);
    expect([await say({ ...guest, id: "token:other" }, "test:b"), await say(owner, "test:c")]).not.toContain("request.too-many");
  });
});
