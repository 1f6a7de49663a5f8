import type { DurableEvent, Store } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreHome } from "./store-home.ts";
import { begin, makeStoreHome, turnEnd } from "./store-home.ts";

let home: StoreHome;
beforeEach(() => {
  home = makeStoreHome();
});
afterEach(() => home.dispose());

function call(callId: string, round = 1): DurableEvent {
  return { type: "tool-call", callId, round, index: 0, name: "files.read", arguments: {}, effect: "read", idempotencyKey: callId, at: 1 };
}

function result(callId: string, round = 1): DurableEvent {
  return { type: "tool-result", callId, round, index: 0, name: "files.read", status: "completed", content: [], at: 1 };
}

/** A turn with these events, in a session of its own; it ends where it is to. */
async function bring(store: Store, turnId: string, events: readonly DurableEvent[], isEnded = true): Promise<void> {
  const fence = await begin(store, (await store.join({ kind: "test", pid: 1 })).id, turnId, `test:${turnId}`);
  await store.append(turnId, fence, [...events, ...(isEnded ? [turnEnd(turnId, `test:${turnId}`)] : [])]);
}

describe("the check of a store", () => {
  it("counts the calls of ended turns that have no result, each by its id and its round", async () => {
    const store = await home.open();
    await bring(store, "t1", [call("a"), call("b"), result("b"), call("a", 2), result("a", 2)]);
    await bring(store, "t2", [call("c"), result("c"), call("d")]);
    await bring(store, "t3", [call("e"), call("f")], false);
    expect(await store.check()).toEqual({ ok: false, detail: "2 calls of ended turns have no result" });
  });

  it("finds nothing where every call has its result, or there was none", async () => {
    const store = await home.open();
    expect(await store.check()).toMatchObject({ ok: true });
    await bring(store, "t1", [call("a"), call("b"), result("b"), result("a")]);
    expect(await store.check()).toMatchObject({ ok: true });
  });

  it("takes about as long as writing did for thousands of calls in one turn, and not for each as long as for all", async () => {
    const store = await home.open();
    const ids = Array.from({ length: 3_000 }, (_, index) => `call-${index}`);
    const began = performance.now();
    await bring(store, "t1", [...ids.map((id) => call(id)), ...ids.slice(1).map((id) => result(id))]);
    const written = performance.now();
    expect(await store.check()).toEqual({ ok: false, detail: "1 calls of ended turns have no result" });
    expect(performance.now() - written).toBeLessThan(5 * (written - began));
  });
});
