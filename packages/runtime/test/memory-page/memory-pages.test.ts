import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Files, Memory } from "@omni/core";
import type { ArrayRecords, ManualClock, RecordingLog } from "@omni/testkit/fakes";
import { createArrayMemory, createArrayRecords, createManualClock, createMapStorePlace, createRecordingLog } from "@omni/testkit/fakes";
import type { MemoryPages } from "../../src/memory-page/memory-pages.ts";
import { createMemoryPages, toPageScope } from "../../src/memory-page/memory-pages.ts";
import { createRootedFiles } from "../../src/host/rooted-files.ts";
import { createSystemClock } from "../../src/host/system-clock.ts";
import { createSystemRandom } from "../../src/host/system-random.ts";

let workspace: string;
let records: ArrayRecords;
let clock: ManualClock;
let log: RecordingLog;
let pages: MemoryPages;
let edits = 0;

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "omni-page-"));
  records = createArrayRecords();
  clock = createManualClock();
  log = createRecordingLog();
  pages = await open();
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

const places = new WeakMap<ArrayRecords, ReturnType<typeof createMapStorePlace>>();

/** Pages as a process that has just begun has them; the store is that of the records. */
async function open(memory: Memory = createArrayMemory(records)): Promise<MemoryPages> {
  const place = places.get(records) ?? createMapStorePlace();
  places.set(records, place);
  const store = await place.open(clock);
  return createMemoryPages({ memory, files: createRootedFiles(createSystemRandom(createSystemClock())), store, clock, log });
}

/** A file that is edited twice within the same moment is still another one here. */
async function edit(content: string | Uint8Array): Promise<void> {
  const path = join(workspace, "MEMORY.md");
  await writeFile(path, content);
  edits += 1;
  await utimes(path, new Date(1_700_000_000_000 + edits * 1_000), new Date(1_700_000_000_000 + edits * 1_000));
}

const known = (): readonly string[] => records.episodes.map((episode) => episode.text);

describe("a page that people edit", () => {
  it("teaches what it says, for every session of its folder, as something a person said", async () => {
    await edit("- Berta lives in Graz\n- the door code is 4711\n");
    await pages.sync(workspace);
    expect(known()).toEqual(["Berta lives in Graz", "the door code is 4711"]);
    expect(records.episodes[0]).toMatchObject({ kind: "fact", scope: toPageScope(workspace), source: { trusted: true } });
  });

  it("changes what is known with each edit, and only that", async () => {
    records.episodes.push();
    await edit("- one\n- two\n");
    await pages.sync(workspace);
    await edit("- two\n- three\n");
    await pages.sync(workspace);
    expect(known()).toEqual(["two", "three"]);
  });

  it("is looked at twice for many turns that come at once, and each sees every edit before it", async () => {
    const real = createRootedFiles(createSystemRandom(createSystemClock()));
    const begun = Promise.withResolvers<undefined>();
    let looks = 0;
    const files: Files = {
      within(root) {
        const rooted = real.within(root);
        return { ...rooted, stat: async (path) => ((looks += 1), begun.resolve(undefined), rooted.stat(path)) };
      },
    };
    const store = await createMapStorePlace().open(clock);
    const counted = createMemoryPages({ memory: createArrayMemory(records), files, store, clock, log });
    await edit("- one\n");
    const first = counted.sync(workspace);
    await begun.promise;
    const others = Array.from({ length: 64 }, () => counted.sync(workspace));
    await edit("- one\n- two\n");
    others.push(counted.sync(workspace));
    await Promise.all([first, ...others]);
    expect(looks).toBe(2);
    expect(known()).toEqual(["one", "two"]);
  });

  it("is read once as long as nobody edits it", async () => {
    await edit("- one\n");
    await pages.sync(workspace);
    records.episodes.length = 0;
    await pages.sync(workspace);
    expect(known()).toEqual([]);
  });

  it.each([
    ["is gone", async () => rm(join(workspace, "MEMORY.md"))],
    ["is no text", async () => edit(new Uint8Array([0xff, 0xfe, 0x2d, 0x20, 0x61]))],
    ["has more than a megabyte", async () => edit(`- one\n${"x".repeat(1_100_000)}`)],
  ])("that %s changes nothing", async (_what, spoil) => {
    await edit("- one\n");
    await pages.sync(workspace);
    await spoil();
    await pages.sync(workspace);
    expect(known()).toEqual(["one"]);
  });

  it("teaches a memory that has lost what it knew, and no more than that", async () => {
    const stored: string[] = [];
    const memory: Memory = { ...createArrayMemory(records), get: async (ids) => records.episodes.filter(({ id }) => ids.includes(id)) };
    const counting: Memory = { ...memory, store: async (episode) => (stored.push(episode.text ?? ""), memory.store(episode)) };
    await edit("- one\n- two\n");
    await (await open(counting)).sync(workspace);
    records.episodes.splice(0, 1);
    await (await open(counting)).sync(workspace);
    expect(known().toSorted()).toEqual(["one", "two"]);
    expect(stored).toEqual(["one", "two", "one"]);
  });

  it("is learned many items at once, as a memory can write them together, and not all of them", async () => {
    const memory = createArrayMemory(records);
    let busy = 0;
    let most = 0;
    const counting: Memory = {
      ...memory,
      async store(episode) {
        most = Math.max(most, (busy += 1));
        await new Promise<void>((resolve) => void setImmediate(resolve));
        busy -= 1;
        return memory.store(episode);
      },
    };
    const facts = Array.from({ length: 200 }, (_, index) => `fact ${index}`);
    await edit(facts.map((fact) => `- ${fact}\n`).join(""));
    await (await open(counting)).sync(workspace);
    expect(known()).toEqual(facts);
    expect(most).toBe(64);
  });

  it("is forgotten with its items also where learning them was interrupted", async () => {
    const memory = createArrayMemory(records);
    const cut: Memory = { ...memory, store: async (episode) => (episode.text === "one" ? memory.store(episode) : Promise.reject(new Error("the disk is full"))) };
    await edit("- one\n- two\n");
    await (await open(cut)).sync(workspace);
    expect(known()).toEqual(["one"]);
    await edit("- two\n");
    await (await open()).sync(workspace);
    expect(known()).toEqual(["two"]);
  });

  it("that is broken in any other way is read as far as it goes", async () => {
    await edit("# head\n-one\n- two\n```\n- code");
    await pages.sync(workspace);
    expect(known()).toEqual(["two"]);
  });
});

describe("what is promoted", () => {
  it("is written where people read it and is known from there, once", async () => {
    await pages.add(workspace, ["the build needs Node 24"]);
    await pages.add(workspace, ["the build needs Node 24"]);
    expect(await readFile(join(workspace, "MEMORY.md"), "utf8")).toMatch(/^# Memory\n[\s\S]*\n- the build needs Node 24\n$/);
    expect(known()).toEqual(["the build needs Node 24"]);
  });

  it("and cannot be written is told to who adds it alone: a look behind it sees the page, and so do all that follow", async () => {
    await edit(new Uint8Array([0xff, 0xfe]));
    const adding = pages.add(workspace, ["the build needs Node 24"]);
    const looks = [pages.sync(workspace), pages.sync(workspace)];
    await expect(adding).rejects.toThrow();
    await Promise.all(looks);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    await edit("- one\n");
    await pages.sync(workspace);
    await pages.add(workspace, ["two"]);
    expect(known()).toEqual(["one", "two"]);
  });
});
