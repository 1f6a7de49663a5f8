import { createRequire } from "node:module";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { inMemoryPlace, listAll, say, takeIn, toRecalled } from "./memory-place.ts";
import { omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI({ script: () => textReply("noted") });
});
afterAll(() => model.close());

const door = { id: "door", kind: "fact", text: "The door code of the cellar is 4711" };

interface Found {
  readonly results: readonly { readonly id: string }[];
}

describe("omni memory search", () => {
  it.each([
    ["operators", 'cellar AND NOT "door" OR NEAR(code, 2) code* ^door text:door {door code}: -cellar'],
    ["quotes", `"'cellar''"" door\\" \`code\``],
    ["emoji", "🚪 cellar door 👨‍👩‍👧‍👦 code 🇦🇹"],
    ["other scripts among the words", "門の暗証番号 cellar door دروازه code"],
    ["SQL", "'; DROP TABLE episode; -- cellar door code"],
    ["control characters and half a surrogate", "cellar\u0007\u001b[31m door \u202e code \ud83d"],
  ])("takes %s for words", (_, query) =>
    inMemoryPlace(
      model,
      async (place) => {
        await takeIn(place, [door]);
        const finished = await omni(place, ["memory", "search", "--json", "--", query]);
        expect(finished).toMatchObject({ code: 0, stderr: "" });
        expect(toJson<Found>(finished).results).toMatchObject([{ id: "door" }]);
        expect(await listAll(place)).toHaveLength(1);
      },
      // Words alone: whether the embedder is awake in time is the machine's business.
      { embedder: false },
    ),
  );

  it("finds what was said in a script without spaces", () =>
    inMemoryPlace(model, async (place) => {
      await takeIn(place, [{ ...door, id: "cjk", text: "地下室の暗証番号は四七一一です" }]);
      expect(toJson<Found>(await omni(place, ["memory", "search", "--json", "暗証番号"])).results).toMatchObject([{ id: "cjk" }]);
    }));

  it("takes a megabyte from stdin, refuses more, and wants words", () =>
    inMemoryPlace(model, async (place) => {
      await takeIn(place, [door]);
      const filler = "cellar door code ".repeat(70_000).slice(0, 1_048_576);
      const began = performance.now();
      expect(toJson<Found>(await omni(place, ["memory", "search", "-", "--json"], { input: filler })).results).toMatchObject([{ id: "door" }]);
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(await omni(place, ["memory", "search", "-"], { input: `${filler}${filler}` })).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^omni: message\.too-large: .*1048576 bytes\.\n$/) });
      for (const empty of ["", " \t\u00a0", "-"]) expect(await omni(place, ["memory", "search", empty])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^omni: usage\.invalid: There are no words/) });
      for (const nothing of ['"', "()", "***", "🚪"]) expect(toJson<Found>(await omni(place, ["memory", "search", "--json", nothing])).results).toEqual([]);
    }));
});

/** Changes the database as a program of another kind would. */
function execute(path: string, sql: string): void {
  const Database = createRequire(import.meta.url)("better-sqlite3") as new (path: string) => { exec(sql: string): unknown; close(): unknown };
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

const spoilt: readonly { readonly what: string; readonly says: RegExp; readonly spoil: (path: string) => Promise<void> }[] = [
  { what: "garbage", says: /memory\.failed: .*memory\.db.*(no database|not a memory)/, spoil: (path) => writeFile(path, "garbage ".repeat(10_000)) },
  { what: "cut in the middle", says: /memory\.failed: .*memory\.db/, spoil: async (path) => writeFile(path, (await readFile(path)).subarray(0, 5_000)) },
  {
    what: "a database of something else",
    says: /memory\.failed: .*memory\.db is not a memory of Omni/,
    spoil: async (path) => {
      await writeFile(path, "");
      execute(path, "CREATE TABLE other (x); INSERT INTO other VALUES (1)");
    },
  },
  { what: "of a newer version", says: /memory\.failed: .*memory\.db was written by a newer Omni/, spoil: async (path) => execute(path, "PRAGMA user_version = 9999") },
];

async function expectPlain(place: Place, says: RegExp): Promise<void> {
  const stats = await omni(place, ["memory", "stats", "--json"]);
  expect(stats).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
  expect(toJson(stats)).toMatchObject({ error: { code: "memory.failed" } });
  const doctor = await omni(place, ["doctor", "--json"]);
  expect(doctor.code).toBe(1);
  const { checks } = toJson<{ readonly checks: readonly { readonly name: string; readonly status: string; readonly detail: string }[] }>(doctor);
  expect(checks).toContainEqual({ name: "memory", status: "broken", detail: expect.stringMatching(says) });
  expect(checks.filter(({ status }) => status === "broken")).toHaveLength(1);
}

describe("a memory.db that is", () => {
  it.each(spoilt)("$what is left as it is and said plainly, and turns go on without what is remembered", ({ says, spoil }) =>
    inMemoryPlace(
      model,
      async (place) => {
        const path = join(place.home, "state", "memory.db");
        await takeIn(place, [door]);
        await omni(place, ["run", "what is the door code of the cellar?"]);
        expect(toRecalled(model)).toEqual([expect.stringContaining("4711")]);
        await spoil(path);
        const before = await readFile(path);
        await writeFile(join(place.workspace, "MEMORY.md"), "- a fact of the page\n");
        expect(toJson(await omni(place, ["run", "--json", "what is the door code of the cellar?"]))).toMatchObject({ status: "completed", output: "noted" });
        expect(toRecalled(model)).toEqual([]);
        const gateway = await startGateway(place);
        expect(await say(gateway, "s", "what is the door code of the cellar?")).toMatchObject({ status: "completed" });
        expect(await say(gateway, "s", "/memory door")).toMatchObject({ error: { code: "memory.failed" } });
        expect((await gateway.stop()).code).toBe(0);
        await expectPlain(place, says);
        expect((await readFile(path)).equals(before)).toBe(true);
      },
      { agent: { memoryScope: "agent" } },
    ),
  );

  it("moved away is begun anew, and MEMORY.md is learned again", () =>
    inMemoryPlace(model, async (place) => {
      const path = join(place.home, "state", "memory.db");
      await writeFile(join(place.workspace, "MEMORY.md"), "- The door code of the cellar is 4711\n");
      const question = ["run", "what is the door code of the cellar?"];
      await omni(place, question);
      for (const end of ["", "-wal", "-shm"]) await rm(`${path}${end}`, { force: true });
      await omni(place, question);
      expect(toRecalled(model)).toEqual([expect.stringContaining("4711")]);
    }));

  it("a folder, or one nobody may read, costs the memory alone", () =>
    inMemoryPlace(model, async (place) => {
      await mkdir(join(place.home, "state", "memory.db"), { recursive: true, mode: 0o700 });
      expect(toJson(await omni(place, ["run", "--json", "hello"]))).toMatchObject({ status: "completed" });
      await expectPlain(place, /memory\.failed: .*memory\.db/);
      expect((await stat(join(place.home, "state", "memory.db"))).isDirectory()).toBe(true);
    }));
});
