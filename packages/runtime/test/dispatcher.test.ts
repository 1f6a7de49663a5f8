import { afterEach, describe, expect, it } from "vitest";
import type { Principal } from "@omni/core";
import type { Runtime } from "../src/runtime.ts";
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

  it("have 16 Mi characters together, of which what ends gives back its own, also where it was cancelled while it waited", async () => {
    harness = await createRuntimeHarness({ script: () => ({ stall: true }) });
    const runtime = await harness.open();
    const said = await fill(runtime);
    expect(said.map((each) => each === "request.too-many")).toEqual([...Array.from({ length: 16 }, () => false), true]);
    expect([await sayIn(runtime, "hi"), await sayIn(runtime, "hi", { ...guest, id: "token:other" })]).toEqual(["request.too-many", expect.not.stringContaining("request")]);
    // Who sends again what was taken is told what became of it.
    expect(await sayIn(runtime, mebi, guest, "3")).toBe(said[3]);
    expect([await runtime.cancel(said[10] ?? ""), await sayIn(runtime, mebi), await sayIn(runtime, "hi")]).toEqual([true, expect.not.stringContaining("request"), "request.too-many"]);
  });

  it("are counted again when they are recovered", async () => {
    harness = await createRuntimeHarness({ script: () => ({ stall: true }) });
    const before = await harness.open();
    const said = await fill(before);
    await before.close();
    const runtime = await harness.open();
    expect([await runtime.recover(), await sayIn(runtime, "hi")]).toEqual([16, "request.too-many"]);
    await runtime.cancel(said[10] ?? "");
    expect(await sayIn(runtime, "hi")).not.toBe("request.too-many");
  });
});

const mebi = "x".repeat(1_048_576);

function sayIn(runtime: Runtime, text: string, principal: Principal = guest, key?: string): Promise<string> {
  const idempotency = key === undefined ? {} : { idempotency: { key, bodyHash: key } };
  return runtime.submit(harness.message(text, { principal, sessionId: `test:${principal.id}`, ...idempotency })).then(({ turnId }) => turnId, (error: { code: string }) => error.code);
}

/** Says 17 messages of a mebi of characters each. */
function fill(runtime: Runtime): Promise<string[]> {
  return Promise.all(Array.from({ length: 17 }, (_none, index) => sayIn(runtime, mebi, guest, `${index}`)));
}
