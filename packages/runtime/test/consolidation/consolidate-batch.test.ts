import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hook, Memory, ModelRequest, Provider, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ArrayRecords, ProviderScript } from "@omni/testkit/fakes";
import { createArrayMemory, createArrayRecords, createRecordingLog, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import type { ConsolidationParts } from "../../src/consolidation/consolidation-parts.ts";
import type { RuntimeHarness } from "../runtime-harness.ts";
import { consolidateBatch } from "../../src/consolidation/consolidate-batch.ts";
import { createConsolidationRecords } from "../../src/consolidation/consolidation-record.ts";
import { createRuntimeHarness } from "../runtime-harness.ts";
import { createSessionSummaries } from "../../src/consolidation/session-summaries.ts";
import { resetSession } from "../../src/reset-session.ts";

const session = "test:a";
const never = new AbortController().signal;
const summaryReply = JSON.stringify({ summary: "They planned a garden.", experiences: [{ intent: "find the soil", experience: "dug a hole", outcome: "it is clay" }] });
const messages = ["hello there", "My aunt Berta lives in Graz.", "the second bed is 4 metres long", "👍", "what is next?", "and then?"];

let harness: RuntimeHarness;
let store: Store;
let log: ReturnType<typeof createRecordingLog>;
beforeEach(async () => {
  harness = await createRuntimeHarness({ script: (_request, index) => textReply(`answer ${index}`) });
  const runtime = await harness.open();
  for (const text of messages) await (await runtime.submit(harness.message(text))).outcome;
  store = runtime.store;
  log = createRecordingLog();
});
afterEach(() => harness.dispose());

interface Given {
  readonly script?: ProviderScript;
  readonly provider?: Provider;
  readonly memory?: Memory;
  readonly store?: Store;
  readonly hooks?: readonly Hook[];
}

function toParts({ script = [textReply(summaryReply)], provider = createScriptedProvider(script), memory, store: given = store, hooks = [] }: Given): ConsolidationParts {
  return { store: given, records: createConsolidationRecords(given), provider, hooks, ...(memory === undefined ? {} : { memory }), scopeOf: (sessionId) => ({ scope: "session", owner: sessionId }), tokens: harness.host.tokens, contextTokens: async () => 32_000, clock: harness.host.clock, log };
}

function textsOf(records: ArrayRecords): readonly string[] {
  return records.episodes.map((episode) => episode.text);
}

async function heldTurns(): Promise<number> {
  return (await store.slots(session, 100)).length;
}

describe("a batch", () => {
  it("is kept word by word and as what was learned, then leaves the window; the transcript stays", async () => {
    const records = createArrayRecords();
    const done = await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: createArrayMemory(records) }), never);
    expect(done).toMatchObject({ turns: 4 });
    expect(textsOf(records)).toEqual(["hello there", "answer 0", messages[1], "answer 1", messages[2], "answer 2", "answer 3", "find the soil\ndug a hole\nit is clay"]);
    expect(records.episodes[2]).toMatchObject({ speaker: "user", source: { sessionId: session, trusted: true }, previous: "hello there\nanswer 0", next: `answer 1\n${messages[2]}` });
    expect(await heldTurns()).toBe(2);
    expect(await store.turns(session, { limit: 100 })).toHaveLength(6);
    const found = await createArrayMemory(records).recall("aunt Berta lives", { scopes: [{ scope: "session", owner: session }], limit: 3 });
    expect(found.map(({ episode }) => episode.text)).toContain(messages[1]);
  });

  it("leaves the newest turns alone, and does nothing when there are no others", async () => {
    expect(await consolidateBatch(session, { most: 32, keep: 6 }, toParts({}), never)).toBeUndefined();
    expect(await consolidateBatch(session, { most: 32, keep: 5 }, toParts({}), never)).toMatchObject({ turns: 1, episodes: 0 });
    expect(await heldTurns()).toBe(5);
  });

  it("gives the model the notes so far", async () => {
    const provider = createScriptedProvider([textReply(summaryReply), textReply(summaryReply)]);
    const parts = toParts({ provider });
    await consolidateBatch(session, { most: 2, keep: 1 }, parts, never);
    await consolidateBatch(session, { most: 2, keep: 1 }, parts, never);
    expect(JSON.stringify(provider.requests[0])).toContain("Notes so far:\\nnone");
    expect(JSON.stringify(provider.requests[1])).toContain("They planned a garden.");
    expect(JSON.stringify(provider.requests[1])).not.toContain("Berta");
  });

  it("of a memory that is off leaves the summary alone", async () => {
    expect(await consolidateBatch(session, { most: 4, keep: 1 }, toParts({}), never)).toMatchObject({ turns: 4, episodes: 0 });
    const { record } = await createConsolidationRecords(store).read(session);
    expect(record.draftId).toBeNull();
    expect((await store.readText(session, record.summaryId ?? "", { offset: 0, limit: 100 }))?.text).toBe("They planned a garden.");
  });
});

describe("what strangers wrote", () => {
  /** A store whose turns of these places, oldest first, had what strangers wrote in their prompts. */
  async function readBy(...places: readonly number[]): Promise<Store> {
    const turnIds = (await store.turns(session, { limit: 100 })).toReversed().map(({ input }) => input.turnId);
    const foreign = new Set(places.map((place) => turnIds[place]));
    return { ...store, events: async (turnId) => (await store.events(turnId)).map((event) => (event.type === "prompt" && foreign.has(turnId) ? { ...event, isForeign: true as const } : event)) };
  }

  it("goes on through the summary: what is learned of later turns is not trusted, and what is shown it is told", async () => {
    const remembered = createArrayRecords();
    const parts = { ...toParts({ script: [summaryReply, summaryReply, summaryReply].map((each) => textReply(each)), memory: createArrayMemory(remembered), store: await readBy(1) }) };
    const summaries = createSessionSummaries(parts.records, store);
    const trusts: unknown[] = [];
    for (const most of [1, 1, 2]) {
      await consolidateBatch(session, { most, keep: 1 }, parts, never);
      trusts.push([remembered.episodes.filter(({ kind }) => kind === "episode").at(-1)?.source.trusted, (await summaries.of(session))?.isForeign]);
    }
    expect(trusts).toEqual([[true, undefined], [false, true], [false, true]]);
    expect(remembered.episodes.filter(({ kind }) => kind === "passage").at(-1)?.source.trusted).toBe(true);
  });

  it("is known of the summary also where a draft was left, and no more once the session begins afresh", async () => {
    const remembered = createArrayRecords();
    const memory = createArrayMemory(remembered);
    const failing: Memory = { ...memory, store: () => Promise.reject(new Error("full")) };
    await expect(consolidateBatch(session, { most: 2, keep: 1 }, toParts({ memory: failing, store: await readBy(1) }), never)).rejects.toThrow("full");
    const parts = toParts({ memory, script: [], store: await readBy(1) });
    await consolidateBatch(session, { most: 2, keep: 1 }, parts, never);
    expect(remembered.episodes.find(({ kind }) => kind === "episode")?.source.trusted).toBe(false);
    expect((await parts.records.read(session)).record.isForeign).toBe(true);
    await resetSession(session, { store, records: parts.records });
    expect((await parts.records.read(session)).record.isForeign).toBeUndefined();
  });
});

describe("a hook", () => {
  it("sees the request for a summary, and the provider what it made of it", async () => {
    const provider = createScriptedProvider([textReply(summaryReply)]);
    const turnIds: string[] = [];
    const hiding: Hook = { modelCall: async (request, { turnId }) => (turnIds.push(turnId), { ...request, messages: JSON.parse(JSON.stringify(request.messages).replaceAll("Graz", "[hidden]")) as ModelRequest["messages"] }) };
    const done = await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ provider, hooks: [hiding] }), never);
    expect(turnIds).toEqual([done?.through]);
    expect(JSON.stringify(provider.requests)).toContain("[hidden]");
    expect(JSON.stringify(provider.requests)).not.toContain("Graz");
  });

  it("that refuses the request has the summary made of the turns' own sentences, and no model asked", async () => {
    const provider = createScriptedProvider([textReply(summaryReply)]);
    const parts = toParts({ provider, hooks: [{ modelCall: async () => ({ veto: "not today" }) }] });
    expect(await consolidateBatch(session, { most: 4, keep: 1 }, parts, never)).toMatchObject({ turns: 4 });
    expect(provider.requests).toEqual([]);
    const { summaryId } = (await parts.records.read(session)).record;
    expect((await store.readText(session, summaryId ?? "", { offset: 0, limit: 10_000 }))?.text).toContain("My aunt Berta lives in Graz. → answer 1");
    expect(JSON.stringify(log.lines)).toContain("not today");
  });
});

describe("a memory that never ends", () => {
  it("is given up after two minutes, and the draft is stored another time", async () => {
    const records = createArrayRecords();
    const memory = createArrayMemory(records);
    const storing = Promise.withResolvers<void>();
    const stuck: Memory = { ...memory, store: () => (storing.resolve(), new Promise(() => undefined)) };
    const told = expect(consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: stuck }), never)).rejects.toMatchObject({ code: "memory.failed", retryable: true });
    await storing.promise;
    await harness.host.clock.advance(121_000);
    await told;
    expect(await heldTurns()).toBe(6);
    expect(await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory, script: [] }), never)).toMatchObject({ turns: 4, episodes: 8 });
  });
});

describe("a draft", () => {
  it("has nothing of what was said: that is read from the record again", async () => {
    const kept: string[] = [];
    const watched: Store = { ...store, putText: async (sessionId, turnId, text) => (kept.push(text), store.putText(sessionId, turnId, text)) };
    const records = createArrayRecords();
    await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: createArrayMemory(records), store: watched }), never);
    expect(kept).toHaveLength(2);
    for (const said of ["Berta", "4 metres", "answer 1"]) expect(kept.join()).not.toContain(said);
    expect(textsOf(records)).toContain(messages[1]);
  });

  it("that was left is stored where it was to be stored, whatever is configured since", async () => {
    const records = createArrayRecords();
    const memory = createArrayMemory(records);
    const failing: Memory = { ...memory, store: () => Promise.reject(new Error("full")) };
    await expect(consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: failing }), never)).rejects.toThrow("full");
    const parts: ConsolidationParts = { ...toParts({ memory, script: [] }), scopeOf: () => ({ scope: "global", owner: "all" }) };
    expect(await consolidateBatch(session, { most: 4, keep: 1 }, parts, never)).toMatchObject({ turns: 4, episodes: 8 });
    expect(new Set(records.episodes.map(({ scope }) => scope.scope))).toEqual(new Set(["session"]));
  });
});

describe("a summary", () => {
  it("that fails releases nothing and remembers nothing", async () => {
    const records = createArrayRecords();
    const failing = createScriptedProvider([{ error: new OmniError("provider.unavailable", "down", { retryable: true }) }]);
    await expect(consolidateBatch(session, { most: 4, keep: 1 }, toParts({ provider: failing, memory: createArrayMemory(records) }), never)).rejects.toMatchObject({ code: "provider.unavailable" });
    expect(textsOf(records)).toEqual([]);
    expect(await heldTurns()).toBe(6);
  });

  it("is made of the turns' own sentences where there is no model, or one that does not keep to the form", async () => {
    const none = createScriptedProvider([{ error: new OmniError("no-model", "none") }]);
    await consolidateBatch(session, { most: 3, keep: 1 }, toParts({ provider: none }), never);
    await consolidateBatch(session, { most: 2, keep: 1 }, toParts({ script: [textReply("I would rather not.")] }), never);
    const { record } = await createConsolidationRecords(store).read(session);
    const text = (await store.readText(session, record.summaryId ?? "", { offset: 0, limit: 10_000 }))?.text ?? "";
    expect(text.split("\n")).toHaveLength(5);
    expect(text).toContain("My aunt Berta lives in Graz. → answer 1");
  });
});

describe("a request that a model will never take", () => {
  it.each(["provider.context-too-long", "provider.refused", "provider.unauthorised", "provider.bad-response"] as const)("is given up for the turns' own sentences, and the log says so: %s", async (code) => {
    const records = createArrayRecords();
    const refusing = createScriptedProvider([{ error: new OmniError(code, "no") }]);
    expect(await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ provider: refusing, memory: createArrayMemory(records) }), never)).toMatchObject({ turns: 4 });
    expect(textsOf(records)).toContain(messages[1]);
    expect(await heldTurns()).toBe(2);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

describe("RL-21 a process that dies in the middle of a consolidation", () => {
  it("loses no fact and keeps none twice, whichever write was its last", async () => {
    const whole = createArrayRecords();
    const reference = await createRuntimeHarness({ script: (_request, index) => textReply(`answer ${index}`) });
    const runtime = await reference.open();
    for (const text of messages) await (await runtime.submit(reference.message(text))).outcome;
    await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: createArrayMemory(whole), store: runtime.store }), never);
    await reference.dispose();

    let writes = 0;
    for (let last = 0; last === 0 || writes >= last; last += 1) {
      writes = 0;
      const own = await createRuntimeHarness({ script: (_request, index) => textReply(`answer ${index}`) });
      const opened = await own.open();
      for (const text of messages) await (await opened.submit(own.message(text))).outcome;
      const records = createArrayRecords();
      const dying = (): void => {
        writes += 1;
        if (writes > last) throw new Error("killed");
      };
      const memory = createArrayMemory(records);
      const mortal: Memory = { ...memory, store: async (episode) => (dying(), memory.store(episode)) };
      const mortalStore: Store = {
        ...opened.store,
        putText: async (...given) => (dying(), opened.store.putText(...given)),
        putDocument: async (...given) => (dying(), opened.store.putDocument(...given)),
        release: async (...given) => (dying(), opened.store.release(...given)),
      };
      await consolidateBatch(session, { most: 4, keep: 1 }, toParts({ memory: mortal, store: mortalStore }), never).catch(() => undefined);
      // Before it goes on, every turn is still in the window or wholly in the memory.
      const held = new Set((await opened.store.slots(session, 100)).map((slot) => slot.turnId));
      const turns = (await opened.store.turns(session, { limit: 100 })).map((turn) => turn.input);
      for (const { turnId, text } of turns) expect(held.has(turnId) || text === "👍" || textsOf(records).includes(text)).toBe(true);
      const parts = toParts({ memory, store: opened.store });
      await consolidateBatch(session, { most: 4, keep: 2 }, parts, never);
      expect(textsOf(records).toSorted()).toEqual(textsOf(whole).toSorted());
      expect((await opened.store.slots(session, 100)).length).toBe(2);
      await own.dispose();
    }
    expect(writes).toBeGreaterThan(10);
  });
});
