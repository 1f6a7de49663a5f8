import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Memory, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ArrayRecords, ProviderScript } from "@omni/testkit/fakes";
import { createArrayMemory, createArrayRecords, createRecordingLog, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import type { ConsolidationParts } from "../../src/consolidation/consolidation-parts.ts";
import type { Runtime } from "../../src/runtime.ts";
import type { RuntimeHarness } from "../runtime-harness.ts";
import { consolidateBatch } from "../../src/consolidation/consolidate-batch.ts";
import { createConsolidationRecords } from "../../src/consolidation/consolidation-record.ts";
import { createRuntimeHarness } from "../runtime-harness.ts";
import { eraseSession } from "../../src/erase-session.ts";

const session = "test:a";
const never = new AbortController().signal;
const reply = textReply(JSON.stringify({ summary: "They talked of Berta.", experiences: [{ intent: "talk", experience: "of Berta", outcome: "done" }] }));

let harness: RuntimeHarness;
let runtime: Runtime;
let store: Store;
let remembered: ArrayRecords;
beforeEach(async () => {
  harness = await createRuntimeHarness({ script: () => textReply("noted") });
  runtime = await harness.open();
  store = runtime.store;
  remembered = createArrayRecords();
  await say(4);
});
afterEach(() => harness.dispose());

async function say(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await (await runtime.submit(harness.message(`Berta lives in house ${turn}`))).outcome;
}

function toParts({ script = [reply], ...more }: Partial<ConsolidationParts> & { readonly script?: ProviderScript }): ConsolidationParts {
  const { tokens, clock } = harness.host;
  return { store, records: createConsolidationRecords(store), provider: createScriptedProvider(script), hooks: [], memory: createArrayMemory(remembered), scopeOf: () => ({ scope: "global", owner: "all" }), tokens, contextTokens: async () => 32_000, clock, log: createRecordingLog(), ...more };
}

/** Erases the session as another process does, which knows nothing of what runs in this one. */
async function erase(more: { readonly store?: Store } = {}): Promise<void> {
  const memory: Memory = { ...createArrayMemory(remembered), export: async function* () { yield* [...remembered.episodes]; } };
  const erased = await eraseSession(session, 1, { store, memory, toolsets: [], records: createConsolidationRecords(store), consolidator: { suspend: (_id, during) => during() }, credit: { forget: async () => undefined }, conversations: { forget: async () => undefined }, earlier: { clear: () => undefined }, ...more });
  expect(erased).toBe(true);
}

async function expectNothingLeft(): Promise<void> {
  expect(remembered.episodes).toEqual([]);
  expect(await store.listDocuments("consolidation")).toEqual([]);
  expect(await store.session(session)).toBeUndefined();
  // No text either: the store would have it to erase.
  expect(await store.deleteSession(session, 2)).toBe(false);
}

/** Lets everything that is under way go on. */
async function pass(): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** Runs once, at the call of this number. */
function atCall(number: number, work: () => Promise<void>): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls === number) await work();
  };
}

describe("a session that another process erases while it is consolidated", () => {
  it("while the model writes: nothing is written", async () => {
    const script: ProviderScript = async () => (await erase(), reply);
    let kept = 0;
    const watched: Store = { ...store, putText: (...given) => ((kept += 1), store.putText(...given)) };
    expect(await consolidateBatch(session, { most: 3, keep: 1 }, toParts({ script, store: watched }), never)).toBeUndefined();
    expect(kept).toBe(0);
    await expectNothingLeft();
  });

  const moments = [[1, 0], [2, 0], [1, 1], [2, 1]] as const;
  it.each(moments)("while text %i is kept, after %i batches", async (number, batches) => {
    for (let batch = 0; batch < batches; batch += 1) await consolidateBatch(session, { most: 1, keep: 1 }, toParts({}), never);
    const before = atCall(number, () => erase());
    const interrupted: Store = { ...store, putText: async (...given) => (await before(), store.putText(...given)) };
    expect(await consolidateBatch(session, { most: 3, keep: 1 }, toParts({ store: interrupted }), never)).toBeUndefined();
    await expectNothingLeft();
  });

  it.each([1, 4, 7])("while episode %i is stored", async (number) => {
    const before = atCall(number, () => erase());
    const memory = createArrayMemory(remembered);
    const interrupted: Memory = { ...memory, store: async (episode) => (await before(), memory.store(episode)) };
    expect(await consolidateBatch(session, { most: 3, keep: 1 }, toParts({ memory: interrupted }), never)).toBeUndefined();
    await expectNothingLeft();
  });

  it("and a memory fails at one episode: those that were on their way are taken back", async () => {
    const memory = createArrayMemory(remembered);
    let calls = 0;
    const interrupted: Memory = {
      ...memory,
      async store(episode) {
        calls += 1;
        if (calls === 2) throw new Error("full");
        if (calls === 1) await erase();
        await pass();
        return memory.store(episode);
      },
    };
    await expect(consolidateBatch(session, { most: 3, keep: 1 }, toParts({ memory: interrupted }), never)).rejects.toThrow("full");
    await pass();
    await expectNothingLeft();
  });

  it.each([0, 1])("between what is remembered of it and its transcript, after %i batches", async (batches) => {
    for (let batch = 0; batch < batches; batch += 1) await consolidateBatch(session, { most: 1, keep: 1 }, toParts({}), never);
    await erase({ store: { ...store, deleteSession: async (...given) => (await consolidateBatch(session, { most: 3, keep: 0 }, toParts({}), never), store.deleteSession(...given)) } });
    await expectNothingLeft();
  });

  it("while the episodes of a draft are stored: they are taken back though the transcript is still there", async () => {
    const memory = createArrayMemory(remembered);
    const storing = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const slow: Memory = { ...memory, store: async (episode) => (storing.resolve(), await gate.promise, memory.store(episode)) };
    const consolidating = consolidateBatch(session, { most: 3, keep: 1 }, toParts({ memory: slow }), never);
    await storing.promise;
    const deleteSession: Store["deleteSession"] = async (...given) => {
      gate.resolve();
      expect(await consolidating).toBeUndefined();
      return store.deleteSession(...given);
    };
    await erase({ store: { ...store, deleteSession } });
    await expectNothingLeft();
  });

  it("after a memory that heeds no stop was left behind: what that stores late is taken back", async () => {
    const memory = createArrayMemory(remembered);
    const [storing, gate, stop] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), new AbortController()];
    const slow: Memory = { ...memory, store: async (episode) => (storing.resolve(), await gate.promise, memory.store(episode)) };
    const told = expect(consolidateBatch(session, { most: 3, keep: 1 }, toParts({ memory: slow }), stop.signal)).rejects.toMatchObject({ code: "session.not-found" });
    await storing.promise;
    stop.abort(new OmniError("session.not-found", "The session is being erased."));
    await harness.host.clock.advance(500);
    await told;
    await erase();
    gate.resolve();
    await pass();
    await expectNothingLeft();
  });

  it("and begun anew under its id, it has nothing of the former one and loses nothing of its own", async () => {
    const script: ProviderScript = async () => (await erase(), await say(2), reply);
    expect(await consolidateBatch(session, { most: 3, keep: 1 }, toParts({ script }), never)).toBeUndefined();
    const memory = createArrayMemory(remembered);
    const before = atCall(2, async () => {
      await erase();
      await say(3);
    });
    const interrupted: Memory = { ...memory, store: async (episode) => (await before(), memory.store(episode)) };
    expect(await consolidateBatch(session, { most: 1, keep: 1 }, toParts({ memory: interrupted }), never)).toBeUndefined();
    expect(remembered.episodes).toEqual([]);
    expect(await store.listDocuments("consolidation")).toEqual([]);
    expect(await store.turns(session, { limit: 10 })).toHaveLength(3);
  });
});
