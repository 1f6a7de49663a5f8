import { beforeEach, describe, expect, it } from "vitest";
import type { Memory, MemoryScope, Store } from "@omni/core";
import type { AbleArrayRecords, ManualClock, MemoryFiles, RecordingLog } from "@omni/testkit/fakes";
import { createAbleArrayMemory, createAbleArrayRecords, createManualClock, createMapStorePlace, createMemoryFiles, createRecordingLog } from "@omni/testkit/fakes";
import type { MemoryTending, TendingParts } from "../../src/memory-page/tend-memory.ts";
import { createMemoryPages } from "../../src/memory-page/memory-pages.ts";
import { createMemoryTending } from "../../src/memory-page/tend-memory.ts";
import { mostNoted } from "../../src/memory-page/promotions.ts";

const workspace = "/w";
const hour = 3_600_000;

let records: AbleArrayRecords;
let clock: ManualClock;
let log: RecordingLog;
let files: MemoryFiles;
let memory: Memory;
let place: ReturnType<typeof createMapStorePlace>;

beforeEach(() => {
  records = createAbleArrayRecords();
  clock = createManualClock();
  log = createRecordingLog();
  files = createMemoryFiles();
  memory = createAbleArrayMemory(records);
  place = createMapStorePlace();
});

/** Tending as a process that has just begun does it, on the store and the folders of all of them. */
async function open(more: (parts: TendingParts) => Partial<TendingParts> = () => ({})): Promise<MemoryTending> {
  const store: Store = await place.open(clock);
  const pages = createMemoryPages({ memory, files, store, clock, log });
  const parts = { memory, pages, store, clock, log };
  return createMemoryTending({ ...parts, ...more(parts) });
}

const owners: Readonly<Record<MemoryScope, string>> = { session: "cli:a", user: "owner", agent: "default", global: "all" };

/** An experience that helped as often as the gate wants it to have. */
async function learn(text: string, scope: MemoryScope = "agent", more: { readonly trusted?: boolean; readonly owner?: string } = {}): Promise<string> {
  const id = await memory.store({ kind: "episode", text, at: 1, source: { trusted: more.trusted ?? true }, scope: { scope, owner: more.owner ?? owners[scope] } });
  await helps(id);
  return id;
}

/** So that the gate has something new to decide about. */
async function helps(id: string): Promise<void> {
  for (let use = 0; use < 6; use += 1) await memory.reinforce({ turnId: `t${records.turns.size}`, ids: [id], reward: 1 });
}

/** Turns end in these workspaces, and as much time goes by as the next tending waits for. */
async function tendIn(tending: MemoryTending, ...workspaces: readonly string[]): Promise<void> {
  for (const each of workspaces) tending.due(each);
  await clock.advance(hour);
  for (let steps = 0; steps < 100; steps += 1) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** What is noted of the promoted memories of the workspace. */
async function readNotes(): ReturnType<Store["getDocument"]> {
  return (await place.open(clock)).getDocument("memory-promoted", workspace);
}

/** The items of a page. */
async function itemsOf(where = workspace): Promise<readonly string[]> {
  const rooted = files.within(where);
  if ((await rooted.stat("MEMORY.md")) === undefined) return [];
  return new TextDecoder().decode(await rooted.read("MEMORY.md")).split("\n").filter((line) => line.startsWith("- ")).map((line) => line.slice(2));
}

describe("what the gate promotes", () => {
  it("is written onto the page where all of its readers may know it, and nowhere else", async () => {
    for (const scope of ["session", "user", "agent", "global"] as const) await learn(`lesson of ${scope}`, scope);
    await learn("lesson of another folder", "agent", { owner: "workspace /other" });
    await learn("planted lesson", "agent", { trusted: false });
    const tending = await open();
    await tendIn(tending, workspace);
    expect(await itemsOf()).toEqual(["lesson of agent", "lesson of global"]);
  });

  it("stays out of the page when a person has taken it out or said it otherwise, also in the next process", async () => {
    const id = await learn("the build needs Node 24");
    const tending = await open();
    await tendIn(tending, workspace);
    await files.within(workspace).write("MEMORY.md", "- the build needs Node 26\n");
    const noted = await readNotes();
    for (const each of [tending, await open()]) {
      await helps(id);
      await tendIn(each, workspace);
      expect(JSON.stringify(log.lines.at(-1))).toContain('"promoted":1');
    }
    expect(await itemsOf()).toEqual(["the build needs Node 26"]);
    expect(await readNotes()).toEqual(noted);
  });

  it("is written the next time where the page could not be, though the gate has nothing to decide then", async () => {
    await learn("the build needs Node 24");
    let isFull = true;
    const tending = await open(({ pages }) => ({ pages: { add: async (...given) => (isFull ? Promise.reject(new Error("the disk is full")) : pages.add(...given)) } }));
    await tendIn(tending, workspace);
    expect(log.lines.at(-2)).toMatchObject({ level: "warn", message: expect.stringContaining("could not be written onto the page") });
    isFull = false;
    await tendIn(tending, "/elsewhere");
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    expect(await itemsOf("/elsewhere")).toEqual([]);
  });

  it("is written by the next process where one was killed before it had written, on every page that was due", async () => {
    await learn("the build needs Node 24");
    const killed = await open(() => ({ pages: { add: () => new Promise<void>(() => undefined) } }));
    await tendIn(killed, workspace, "/v");
    await tendIn(await open(), workspace, "/v");
    for (const each of [workspace, "/v"]) expect(await itemsOf(each)).toEqual(["the build needs Node 24"]);
  });

  it("is written by the next process where one was killed between the gate and its note, also of a memory that lists every standing", async () => {
    await learn("the build needs Node 24");
    await memory.store({ kind: "episode", text: "just kept", at: 1, source: { trusted: true }, scope: { scope: "agent", owner: owners.agent } });
    const killed = await open(({ memory: able }) => ({ memory: { ...able, tend: async () => (await able.tend?.(), new Promise<never>(() => undefined)) } }));
    await tendIn(killed, workspace);
    expect(await itemsOf()).toEqual([]);
    const unknowing: Memory = { ...memory, list: ({ standing: _standing, ...request }) => memory.list(request) };
    await tendIn(await open(() => ({ memory: unknowing })), workspace);
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
  });

  it("is written the next time where the store failed between the gate and its note, and stays out when a person takes it out", async () => {
    await learn("the build needs Node 24");
    let isDown = false;
    const tending = await open(({ memory: able, store }) => ({
      memory: { ...able, tend: async () => ((isDown = true), (await able.tend?.()) ?? { decayed: 0, decisions: [] }) },
      store: { ...store, putDocument: async (...given) => (isDown ? Promise.reject(new Error("the disk is full")) : store.putDocument(...given)) },
    }));
    await tendIn(tending, workspace);
    expect(await itemsOf()).toEqual([]);
    isDown = false;
    const next = await open();
    await tendIn(next, workspace);
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    await files.within(workspace).write("MEMORY.md", "# Mine\n");
    await tendIn(next, workspace);
    expect(await itemsOf()).toEqual([]);
  });

  it("is not added to the page of a folder in which Omni had not worked when it was promoted", async () => {
    const id = await learn("the build needs Node 24");
    const tending = await open();
    await tendIn(tending, "/v");
    await tendIn(tending, workspace);
    expect(await itemsOf()).toEqual([]);
    const later = await learn("the tests need a clock");
    await tendIn(tending, "/v");
    await tendIn(tending, workspace);
    expect(await itemsOf()).toEqual(["the tests need a clock"]);
    expect(await readNotes()).toMatchObject({ value: { written: [id, later], waiting: [] } });
  });

  it("is not written again, nor taken for lost, where more stands promoted than is noted", async () => {
    for (let index = 0; index <= mostNoted; index += 1) {
      const numbers = { q: 0.9, uses: 6, successes: 6, failures: 0, at: -index, createdAt: 1, lastUsedAt: 1 };
      records.episodes.push({ id: `m${index}`, kind: "episode", text: `lesson ${index}`, intent: "", experience: "", outcome: "", ...numbers, source: { trusted: true }, scope: { scope: "agent", owner: owners.agent }, standing: "promoted" });
      records.tended.set(`m${index}`, { until: 0, uses: 6 });
    }
    const tending = await open();
    await tendIn(tending, workspace);
    const noted = await readNotes();
    await memory.forget(["m0"]);
    await tendIn(tending, workspace);
    expect(await readNotes()).toEqual(noted);
    expect(await itemsOf()).toEqual([]);
    await learn("the build needs Node 24");
    for (let times = 0; times < 3; times += 1) await tendIn(tending, workspace);
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
  });

  it("is on the page once where a process was killed before it had noted so", async () => {
    await learn("the build needs Node 24");
    const killed = await open(({ store }) => {
      let puts = 0;
      return { store: { ...store, putDocument: async (...given) => (given[0] !== "memory-promoted" || (puts += 1) <= 2 ? store.putDocument(...given) : new Promise<boolean>(() => undefined)) } };
    });
    await tendIn(killed, workspace);
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    await tendIn(await open(), workspace);
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
  });

  it("is noted beside what another process notes at the same moment", async () => {
    const id = await learn("the build needs Node 24");
    const tending = await open(({ store }) => {
      let puts = 0;
      const other = { written: [], waiting: [] };
      return { store: { ...store, putDocument: async (...given) => (given[0] === "memory-promoted" && (puts += 1) === 3 && (await store.putDocument("memory-promoted", workspace, { ...other, written: ["theirs"] })), store.putDocument(...given)) } };
    });
    await tendIn(tending, workspace);
    expect((await readNotes())?.value).toEqual({ written: ["theirs", id], waiting: [] });
  });
});

describe("processes that end before their first tending", () => {
  /** A turn ends in the workspace, and then the process. */
  async function endSoon(tending: MemoryTending): Promise<void> {
    tending.due(workspace);
    await tending.stop();
  }

  it("tend at their end, one of them a day", async () => {
    await learn("the build needs Node 24");
    await endSoon(await open());
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    await learn("the tests need a clock");
    for (let times = 0; times < 3; times += 1) {
      await endSoon(await open());
      await clock.advance(8 * hour - 1);
    }
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    await clock.advance(3);
    await endSoon(await open());
    expect(await itemsOf()).toEqual(["the build needs Node 24", "the tests need a clock"]);
  });

  it("leave it to the next where another has tended within the day, or where no turn has ended", async () => {
    await tendIn(await open(), workspace);
    await learn("the build needs Node 24");
    await endSoon(await open());
    await clock.advance(48 * hour);
    await (await open()).stop();
    expect(await itemsOf()).toEqual([]);
    await endSoon(await open());
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
  });

  it("end all the same where it cannot be done, or it cannot be read when it was", async () => {
    await learn("the build needs Node 24");
    await endSoon(await open(({ store }) => ({ store: { ...store, getDocument: () => Promise.reject(new Error("the store is locked")) } })));
    expect([log.lines, await itemsOf()]).toEqual([[], []]);
    await endSoon(await open(({ memory: able }) => ({ memory: { ...able, tend: () => Promise.reject(new Error("the memory is locked")) } })));
    expect(log.lines).toMatchObject([{ level: "warn", message: "the memory could not be tended" }]);
  });
});

describe("workspaces in which turns have ended", () => {
  it("are all settled, each with a page of its own", async () => {
    await learn("the build needs Node 24");
    const tending = await open();
    await tendIn(tending, workspace, "/v", workspace);
    for (const each of [workspace, "/v"]) expect(await itemsOf(each)).toEqual(["the build needs Node 24"]);
    await learn("the tests need a clock");
    await tendIn(tending, "/v");
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
    expect(await itemsOf("/v")).toEqual(["the build needs Node 24", "the tests need a clock"]);
  });

  it("are settled where others cannot be, and up to the 64 latest", async () => {
    await learn("the build needs Node 24");
    const tending = await open(({ pages }) => ({ pages: { add: async (where, facts) => (where === "/9" ? Promise.reject(new Error("the disk is full")) : pages.add(where, facts)) } }));
    await tendIn(tending, ...Array.from({ length: 70 }, (_, index) => `/${index}`));
    const items = await Promise.all(Array.from({ length: 70 }, async (_, index) => (await itemsOf(`/${index}`)).length));
    expect(items).toEqual(Array.from({ length: 70 }, (_, index) => (index < 6 || index === 9 ? 0 : 1)));
  });

  it("stay due where the memory itself cannot be tended", async () => {
    await learn("the build needs Node 24");
    let isDown = true;
    const tending = await open(({ memory: able }) => ({ memory: { ...able, tend: async () => (isDown ? Promise.reject(new Error("locked")) : ((await able.tend?.()) ?? { decayed: 0, decisions: [] })) } }));
    await tendIn(tending, workspace);
    expect(log.lines.at(-1)).toMatchObject({ level: "warn", message: "the memory could not be tended" });
    isDown = false;
    await tendIn(tending, "/v");
    expect(await itemsOf()).toEqual(["the build needs Node 24"]);
  });
});
