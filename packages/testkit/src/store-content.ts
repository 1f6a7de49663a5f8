import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { StorePlace } from "./store.ts";
import { bring, join, onPlace, refuses, sample } from "./store-fixtures.ts";

/** Texts, documents and the outbox. */
export const storeContentCases: readonly ContractCase<StorePlace>[] = [
  {
    id: "S42",
    title: "a kept text is read in ranges of UTF-16 units with its whole length, also after opening again",
    run: (create) =>
      onPlace(create, async (open) => {
        const first = await open();
        const text = `a\ud800\u0000${"\u{1f600}b\u00e9".repeat(100_000)}end`;
        const id = await first.putText("test:one", "t1", text);
        const empty = await first.putText("test:one", "t1", "");
        await first.close();
        const store = await open();
        for (const [offset, limit] of [[0, 10], [1, 3], [4, 1], [65_530, 20], [131_071, 70_000], [text.length - 3, 100], [text.length, 5], [text.length + 9, 5], [7, 0]] as const) {
          expect(await store.readText("test:one", id, { offset, limit })).toEqual({ text: text.slice(offset, offset + limit), length: text.length });
        }
        expect((await store.readText("test:one", id, { offset: 0, limit: text.length }))?.text).toBe(text);
        expect(await store.readText("test:one", empty, { offset: 0, limit: 5 })).toEqual({ text: "", length: 0 });
      }),
  },
  {
    id: "S43",
    title: "a text that is unknown or another session's is undefined",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const id = await store.putText("test:one", "t1", "secret");
        expect(await store.putText("test:one", "t1", "secret")).not.toBe(id);
        expect(await store.readText("test:two", id, { offset: 0, limit: 9 })).toBeUndefined();
        expect(await store.readText("test:one", "unknown", { offset: 0, limit: 9 })).toBeUndefined();
        expect(await store.readText("test:one", id, { offset: 0, limit: 9 })).toEqual({ text: "secret", length: 6 });
      }),
  },
  {
    id: "S44",
    title: "documents are put, read, listed and deleted by kind and id, and survive opening again",
    run: (create) =>
      onPlace(create, async (open) => {
        const first = await open();
        const value = { a: [1, null, "x"], b: { c: true } };
        expect(await first.putDocument("left", "id", value)).toBe(true);
        expect(await first.putDocument("right", "id", "other")).toBe(true);
        await first.close();
        const store = await open();
        expect((await store.getDocument("left", "id"))?.value).toEqual(value);
        expect((await store.listDocuments("left")).map(({ id, value: kept }) => [id, kept])).toEqual([["id", value]]);
        expect(await store.deleteDocument("left", "id")).toBe(true);
        expect(await store.deleteDocument("left", "id")).toBe(false);
        expect(await store.getDocument("left", "id")).toBeUndefined();
        expect((await store.getDocument("right", "id"))?.value).toBe("other");
      }),
  },
  {
    id: "S45",
    title: "a document is replaced under its version only; version 0 means that there is none",
    run: (create) =>
      onPlace(create, async (open) => {
        const [left, right] = [await open(), await open()];
        expect(await left.putDocument("kind", "id", "one", 5)).toBe(false);
        const made = await Promise.all([left.putDocument("kind", "id", "one", 0), right.putDocument("kind", "id", "one", 0)]);
        expect(made.toSorted()).toEqual([false, true]);
        const version = (await right.getDocument("kind", "id"))?.version ?? 0;
        expect(version).toBeGreaterThan(0);
        expect(await right.putDocument("kind", "id", "two", version)).toBe(true);
        expect(await left.putDocument("kind", "id", "three", version)).toBe(false);
        expect((await left.getDocument("kind", "id"))?.value).toBe("two");
        expect(await left.putDocument("kind", "id", "four")).toBe(true);
      }),
  },
  {
    id: "S46",
    title: "a document that was deleted and made anew does not have an old version",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        await store.putDocument("kind", "id", "one");
        const old = (await store.getDocument("kind", "id"))?.version ?? 0;
        await store.deleteDocument("kind", "id");
        await store.putDocument("kind", "id", "two", 0);
        expect(await store.putDocument("kind", "id", "three", old)).toBe(false);
        expect((await store.getDocument("kind", "id"))?.value).toBe("two");
      }),
  },
  {
    id: "S47",
    title: "the outbox gives a channel's pending rows whole and in order, so many at a time",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const me = await join(store);
        const rows = ["o3", "o1", "o2"].map((id, part) => sample.outbox(id, "t1", { part, kind: "draft", conversation: `c${part}` }));
        await bring(store, me, "t1", { outbox: [...rows, sample.outbox("x", "t1", { channel: "other" })] });
        await bring(store, me, "t2", { outbox: [sample.outbox("o0", "t2")] });
        expect(await store.outbox("test", 10)).toEqual([...rows, sample.outbox("o0", "t2")]);
        expect((await store.outbox("test", 2)).map((row) => row.id)).toEqual(["o3", "o1"]);
        expect(await store.outbox("none", 10)).toEqual([]);
      }),
  },
  {
    id: "S48",
    title: "a row that a living process is sending is not given; when that process is dead it is given as unknown, in its place",
    run: (create) =>
      onPlace(create, async (open) => {
        const [first, store] = [await open(), await open()];
        await bring(first, await join(first), "t1", { outbox: [sample.outbox("o1", "t1"), sample.outbox("o2", "t1"), sample.outbox("o3", "t1")] });
        await first.updateOutbox("o2", { state: "sending", receipt: null, attempts: 1 });
        expect((await store.outbox("test", 2)).map((row) => row.id)).toEqual(["o1", "o3"]);
        await first.close();
        const found = await store.outbox("test", 10);
        expect(found.map((row) => [row.id, row.state, row.attempts])).toEqual([["o1", "pending", 0], ["o2", "unknown", 1], ["o3", "pending", 0]]);
      }),
  },
  {
    id: "S49",
    title: "a store that never joined is still seen to be sending, and a row that went back to pending is given again",
    run: (create) =>
      onPlace(create, async (open) => {
        const [first, store] = [await open(), await open()];
        await bring(first, await join(first), "t1", { outbox: [sample.outbox("o1", "t1")] });
        await first.close();
        await store.updateOutbox("o1", { state: "sending", receipt: null, attempts: 1 });
        expect(await (await open()).outbox("test", 10)).toEqual([]);
        await store.updateOutbox("o1", { state: "pending", receipt: null, attempts: 1 });
        expect(await store.outbox("test", 10)).toEqual([sample.outbox("o1", "t1", { attempts: 1 })]);
      }),
  },
  {
    id: "S50",
    title: "rows that were sent, failed or are settled as unknown are not given again; an unknown row cannot be updated",
    run: (create) =>
      onPlace(create, async (open) => {
        const store = await open();
        const outbox = ["o1", "o2", "o3", "o4"].map((id) => sample.outbox(id, "t1"));
        await bring(store, await join(store), "t1", { outbox });
        await store.updateOutbox("o1", { state: "sent", receipt: "r", attempts: 1 });
        await store.updateOutbox("o2", { state: "failed", receipt: null, attempts: 3 });
        await store.updateOutbox("o3", { state: "unknown", receipt: null, attempts: 1 });
        await store.close();
        const again = await open();
        expect((await again.outbox("test", 10)).map((row) => row.id)).toEqual(["o4"]);
        await refuses(again.updateOutbox("none", { state: "sent", receipt: null, attempts: 1 }), "store.failed");
      }),
  },
];
