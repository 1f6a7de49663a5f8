import { afterEach, describe, expect, it } from "vitest";
import type { ExportedEpisode, Memory, ModelRequest, ScopeReference, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import { createAbleArrayMemory, createAbleArrayRecords, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createConsolidationRecords } from "../src/consolidation/consolidation-record.ts";
import { createCreditDesk } from "../src/credit-desk.ts";
import { createRuntimeHarness, until } from "./runtime-harness.ts";
import { eraseSession } from "../src/erase-session.ts";

const session = "test:a";
const summary = textReply(JSON.stringify({ summary: "They spoke of Berta.", experiences: [] }));

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

function isSummaryRequest(request: ModelRequest): boolean {
  return request.system.startsWith("You write down");
}

/** Lets everything that is under way go on. */
async function pass(): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

interface Writing {
  readonly runtime: Runtime;
  /** Resolves when the model is asked for a summary. */
  readonly asked: Promise<void>;
  /** Lets the model answer, which heeds no signal. */
  answer(): void;
  /** Texts that were kept. */
  readonly kept: string[];
}

/** A session of three turns; the next one makes it due. */
async function openWriting(): Promise<Writing> {
  const kept: string[] = [];
  const watch = (store: Store): Store => ({ ...store, putText: async (sessionId, turnId, text) => (kept.push(text), store.putText(sessionId, turnId, text)) });
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const script = async (request: ModelRequest): Promise<ReturnType<typeof textReply>> => {
    if (!isSummaryRequest(request)) return textReply("noted");
    asked.resolve();
    await gate.promise;
    return summary;
  };
  harness = await createRuntimeHarness({ script, store: watch, windows: { consolidateAt: 4, consolidateBatch: 2 } });
  const runtime = await harness.open();
  for (const text of ["Berta is here", "Berta is there", "Berta is gone"]) await (await runtime.submit(harness.message(text))).outcome;
  return { runtime, asked: asked.promise, answer: gate.resolve, kept };
}

describe("a session that is erased while it is consolidated", () => {
  it("stays erased when the model answers after all", async () => {
    const { runtime, asked, answer, kept } = await openWriting();
    await (await runtime.submit(harness.message("Berta comes back"))).outcome;
    await asked;
    const erasing = runtime.deleteSession(session);
    await pass();
    answer();
    expect(await erasing).toBe(true);
    await pass();
    expect(harness.remembered.episodes).toEqual([]);
    expect(await runtime.store.getDocument("consolidation", session)).toBeUndefined();
    expect(kept).toEqual([]);
    expect(await runtime.store.session(session)).toBeUndefined();
  });

  it("is erased also where the model never answers and heeds no signal, and its place is free for others", async () => {
    const { runtime, asked } = await openWriting();
    await (await runtime.submit(harness.message("Berta comes back"))).outcome;
    await asked;
    let erased: boolean | undefined;
    const erasing = runtime.deleteSession(session).then((is) => (erased = is));
    await until(harness, () => erased !== undefined);
    expect([await erasing, await runtime.store.session(session)]).toEqual([true, undefined]);
    await runtime.rest();
  });

  it("is told to who compacts it, and nothing new is begun meanwhile", async () => {
    const { runtime, asked, answer } = await openWriting();
    const first = runtime.submit(harness.message("/compact"));
    await asked;
    const compacting = Promise.allSettled([first, runtime.submit(harness.message("/compact"))]);
    const erasing = runtime.deleteSession(session);
    await pass();
    answer();
    expect(await erasing).toBe(true);
    const told = { status: "rejected", reason: { code: "session.not-found", message: `The session ${session} is being erased.` } };
    expect(await compacting).toMatchObject([told, told]);
    expect(harness.provider.requests.filter(isSummaryRequest)).toHaveLength(1);
    expect(harness.remembered.episodes).toEqual([]);
  });

  it("goes on being consolidated when it cannot be erased, for a turn of it has not ended", async () => {
    const { runtime, asked, answer } = await openWriting();
    await (await runtime.submit(harness.message("Berta comes back"))).outcome;
    await asked;
    const gate = Promise.withResolvers<void>();
    harness.provider.script(async () => (await gate.promise, textReply("noted")));
    const { outcome } = await runtime.submit(harness.message("Berta stays"));
    await expect(runtime.deleteSession(session)).rejects.toMatchObject({ code: "session.busy" });
    answer();
    await pass();
    expect(harness.remembered.episodes.map(({ text }) => text)).toContain("Berta is here");
    gate.resolve();
    await outcome;
  });
});

describe("what tools keep of a session", () => {
  it("goes before the transcript, and leaves the session listed where it cannot go", async () => {
    harness = await createRuntimeHarness({ script: () => textReply("noted") });
    const forgotten: string[] = [];
    let isFailing = true;
    harness.echo.forgetSession = async (sessionId) => {
      if (isFailing) throw new OmniError("files.denied", "It is still there.");
      forgotten.push(sessionId);
    };
    const runtime = await harness.open();
    await (await runtime.submit(harness.message("hello"))).outcome;
    await expect(runtime.deleteSession(session)).rejects.toMatchObject({ code: "files.denied" });
    expect(await runtime.store.session(session)).toMatchObject({ totalTurns: 1 });
    isFailing = false;
    expect(await runtime.deleteSession(session)).toBe(true);
    expect(forgotten).toEqual([session]);
    expect(await runtime.store.session(session)).toBeUndefined();
  });
});

describe("a session to which a message comes while it is erased", () => {
  it("keeps its transcript, is said to be half erased, and can be erased again", async () => {
    harness = await createRuntimeHarness({ script: () => textReply("noted") });
    let ended: Promise<unknown> | undefined;
    harness.echo.forgetSession = async () => {
      ended ??= (await runtime.submit(harness.message("wait"))).outcome;
    };
    const runtime = await harness.open();
    await (await runtime.submit(harness.message("hello"))).outcome;
    const gate = Promise.withResolvers<void>();
    harness.provider.script(async () => (await gate.promise, textReply("noted")));
    await expect(runtime.deleteSession(session)).rejects.toMatchObject({ code: "session.busy", retryable: true, message: expect.stringMatching(/while it was being erased.*only its transcript may be left.*erase the session again/) });
    expect(await runtime.store.session(session)).toMatchObject({ openTurns: 1, totalTurns: 1 });
    gate.resolve();
    await ended;
    expect([await runtime.deleteSession(session), await runtime.store.session(session)]).toEqual([true, undefined]);
  });
});

describe("a turn that has ended just before its session is erased", () => {
  it("leaves no note of what helped, though that was written while the session was erased", async () => {
    harness = await createRuntimeHarness({ script: () => textReply("noted") });
    const { store, submit } = await harness.open();
    const { turnId, outcome } = await submit(harness.message("hello"));
    const { clock, log } = harness.host;
    const desk = createCreditDesk({ memory: createAbleArrayMemory(createAbleArrayRecords()), store, clock, log });
    const ended = { ...(await outcome), toolCalls: [{ name: "echo.say", status: "completed" as const }] };
    const noted: number[] = [];
    const look = async (): Promise<void> => void noted.push((await store.listDocuments("credit")).length);
    const forget = async (): Promise<void> => {
      desk.ended({ turnId, sessionId: session, ids: ["m1"] }, ended);
      await pass();
      await look();
    };
    await eraseSession(session, 1, { store, memory: undefined, toolsets: [], records: createConsolidationRecords(store), consolidator: { suspend: (_id, during) => during() }, credit: desk, conversations: { forget }, earlier: { clear: () => undefined } });
    await look();
    expect(noted).toEqual([1, 0]);
  });
});

describe("what a session brought into other scopes", () => {
  const places: readonly (readonly [string, ScopeReference, number])[] = [
    ["is not looked for where there are only sessions and pages", { scope: "agent", owner: "workspace /home" }, 0],
    ["is found among all the rest", { scope: "agent", owner: "default" }, 1],
  ];

  it.each(places)("%s", async (_title, scope, looks) => {
    harness = await createRuntimeHarness({ script: () => textReply("noted") });
    const { store, submit } = await harness.open();
    await (await submit(harness.message("hello"))).outcome;
    const able = createAbleArrayMemory(createAbleArrayRecords());
    let exported = 0;
    const memory: Memory = { ...able, export: (): AsyncIterable<ExportedEpisode> => ((exported += 1), able.export()) };
    const mine = { sessionId: session, trusted: true };
    await memory.store({ kind: "fact", id: "own", text: "own", at: 1, source: mine, scope: { scope: "session", owner: session } });
    await memory.store({ kind: "fact", id: "other", text: "other", at: 1, source: { sessionId: "test:b", trusted: true }, scope: { scope: "session", owner: "test:b" } });
    await memory.store({ kind: "fact", id: "wide", text: "wide", at: 1, source: looks === 0 ? { trusted: true } : mine, scope });
    await eraseSession(session, 1, { store, memory, toolsets: [], records: createConsolidationRecords(store), consolidator: { suspend: (_id, during) => during() }, credit: { forget: async () => undefined }, conversations: { forget: async () => undefined }, earlier: { clear: () => undefined } });
    expect(exported).toBe(looks);
    expect((await able.get(["own", "other", "wide"])).map(({ id }) => id)).toEqual(looks === 0 ? ["other", "wide"] : ["other"]);
  });
});
