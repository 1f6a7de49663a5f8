import type { DurableEvent } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { begin, bring, join, newTurn, onPlace, refuses, sample, turnEnd } from "./store-fixtures.ts";

const oddEvents: readonly DurableEvent[] = [
  { type: "steer", round: 1, text: "\u0000 \ud800 \u{1f600} \u2028 'quoted' \\ \"", at: 1.5 },
  { type: "step", callId: "c1", name: "__proto__", value: { nested: [null, true, -0.5, "", { a: [] }] } },
  { type: "steer", round: 2, text: "long ".repeat(200_000), at: 2 },
];

/** Recording what happens in turns. */
export const storeRecordingCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S26",
    title: "appended events are there in order and as they were given, also after opening again",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const fence = await begin(store, await join(store), "t1");
        const singles = Array.from({ length: 12 }, (_, index) => sample.step(`s${index}`));
        for (const event of singles) await store.append("t1", fence, [event]);
        await store.append("t1", fence, oddEvents);
        await store.close();
        const again = await open();
        expect(await again.events("t1")).toEqual([...singles, ...oddEvents]);
        expect(await again.events("unknown")).toEqual([]);
      }),
  },
  {
    id: "S27",
    title: "the events and outbox rows of one call are written together or not at all",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t1", { outbox: [sample.outbox("o1", "t1")] });
        const fence = await begin(store, me, "t2");
        await refuses(store.append("t2", fence, [sample.step("a"), turnEnd("t2"), sample.step("after the end")]), "store.failed");
        await refuses(store.append("t2", fence, [turnEnd("t2")], [sample.outbox("o2", "t2"), sample.outbox("o1", "t2")]), "store.failed");
        expect(await store.events("t2")).toEqual([]);
        expect(await store.turn("t2")).toMatchObject({ status: "running", outcome: null });
        expect(await store.session("test:one")).toMatchObject({ totalTurns: 1, openTurns: 1 });
        expect((await store.outbox("test", 10)).map((row) => row.id)).toEqual(["o1"]);
        await store.append("t2", fence, [turnEnd("t2")]);
      }),
  },
  {
    id: "S28",
    title: "a turn-end closes the turn with its status, its time and its whole outcome",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const fence = await begin(store, await join(store), "t1");
        const end = turnEnd("t1", { status: "failed", at: 99, error: { code: "provider.cut", message: "cut" }, toolCalls: [{ name: "files.read", status: "unknown" }] });
        await store.append("t1", fence, [sample.step("a"), end]);
        await store.close();
        const { type: _type, tokens: _tokens, at: _at, ...outcome } = end;
        expect(await (await open()).turn("t1")).toMatchObject({ status: "failed", endedAt: 99, outcome, ownerAlive: false });
      }),
  },
  {
    id: "S29",
    title: "a turn-end adds one turn and its calls to the session's totals, and its slot to the window",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        await bring(store, me, "t1", { tokens: 11, at: 101, toolCalls: [{ name: "a.b", status: "completed" }, { name: "a.c", status: "denied" }] });
        await bring(store, me, "t2", { tokens: 12, at: 102, toolCalls: [{ name: "a.b", status: "failed" }] });
        await store.accept(newTurn("t3"));
        expect(await store.session("test:one")).toMatchObject({ sessionId: "test:one", totalTurns: 2, totalToolCalls: 3, openTurns: 1 });
        expect(await store.slots("test:one", 10)).toEqual([
          { turnId: "t1", checkpointId: "t1", toolCalls: 2, tokens: 11, at: 101 },
          { turnId: "t2", checkpointId: "t2", toolCalls: 1, tokens: 12, at: 102 },
        ]);
      }),
  },
  {
    id: "S30",
    title: "a turn waits while an ask of it is open and runs again when it is answered",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const fence = await begin(store, await join(store), "t1");
        const status = async (): Promise<string | undefined> => (await store.turn("t1"))?.status;
        await store.append("t1", fence, [sample.ask("a1")]);
        expect(await status()).toBe("waiting");
        await store.append("t1", fence, [sample.step("s")]);
        expect(await status()).toBe("waiting");
        await store.append("t1", fence, [sample.answer("a1")]);
        expect(await status()).toBe("running");
        await store.append("t1", fence, [sample.ask("a2"), turnEnd("t1", { status: "cancelled" })]);
        expect(await status()).toBe("cancelled");
      }),
  },
  {
    id: "S31",
    title: "what is given back is the caller's: changing it changes nothing kept",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const given = { list: ["kept"] };
        const turn = newTurn("t1", { input: { attachments: [{ type: "text", text: "kept" }] } });
        await store.accept(turn);
        await store.putDocument("kind", "id", given);
        given.list.push("later");
        Object.assign(turn.input, { text: "later" });
        const read = await store.turn("t1");
        Object.assign(read?.input ?? {}, { text: "changed" });
        expect((await store.turn("t1"))?.input.text).toBe("message t1");
        expect((await store.getDocument("kind", "id"))?.value).toEqual({ list: ["kept"] });
      }),
  },
];
