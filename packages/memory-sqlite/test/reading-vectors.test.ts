import type { Embedder, EmbeddingIdentity } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../src/database.ts";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";
import { createVectors } from "../src/vectors.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openMemoryDatabase } from "../src/open-memory-database.ts";
import { toDatabaseFile } from "../src/database-file.ts";

const scope = { scope: "user", owner: "me" } as const;
const identity: EmbeddingIdentity = { model: "circle", dimensions: 16, version: "1" };

let home: MemoryHome;
let database: Database;
beforeEach(async () => {
  home = createMemoryHome();
  database = openMemoryDatabase({ driver: await loadBetterSqlite3(), file: toDatabaseFile(home.path), migrations, busyTimeoutMs: 2_000 });
});
afterEach(async () => {
  database.close();
  await home.dispose();
});

/** Numbers that look random and follow from the seed. */
function toDirection(seed: number): Float32Array {
  return Float32Array.from({ length: identity.dimensions }, (_, index) => Math.sin((seed + 1) * (index + 1) * 12.9898) + Math.cos((seed + 7) * (index + 3) * 78.233));
}

const boil = toDirection(-0.5);

/** To it a kettle and to boil are the same. */
const embedder: Embedder = {
  identity,
  languages: [],
  embed: async (texts) => texts.map((text) => (/kettle|boil/.test(text) ? boil : toDirection(text.length))),
  close: async () => undefined,
};

const fillSql = `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
  INSERT INTO episode (id, scope, kind, trusted, at, created_at, stretch, q, uses, successes, failures, last_used_at, decayed_at, decided_uses, standing)
  SELECT 'n' || n, 1, 'passage', 1, n, n, n, 0.5, 0, 0, 0, n, n, 0, 'kept' FROM number`;

/** So many episodes with a vector, as another process left them; gives the number of the last, which is the nearest to what boils. */
function fill(count: number): number {
  database.run("INSERT INTO scope (scope, owner, episodes) VALUES (?, ?, ?)", scope.scope, scope.owner, count);
  database.run(fillSql, count);
  createVectors(database).put(identity, Array.from({ length: count }, (_, index) => ({ episode: index + 1, vector: index + 1 === count ? boil : toDirection(index) })));
  return count;
}

/** The nearest of each of so many finds of a process that begins. */
function findOften(times: number): readonly (number | undefined)[] {
  const vectors = createVectors(database);
  return Array.from({ length: times }, () => vectors.find(identity, boil, [1], 1)?.nearest[0]);
}

describe("the vectors that another process left", () => {
  it("are all compared by the first recall where they are some ten thousand at most", () => {
    const last = fill(11_500);
    expect(findOften(1)).toEqual([last]);
  });

  it("are read over many recalls where they are more", () => {
    const last = fill(14_000);
    const found = findOften(24);
    expect([found[0], found[19], found.at(-1)]).toEqual([undefined, undefined, last]);
  });

  it("are all compared by a search, however many they are", async () => {
    fill(14_000);
    const storing = home.open({ thread: "caller" }, embedder);
    await storing.store({ kind: "fact", text: "The kettle stands beside the stove.", at: 0, source: { trusted: true }, scope });
    for (let look = 0; look < 10_000 && (await storing.stats()).pending !== 0; look += 1) await new Promise((resolve) => setImmediate(resolve));
    await storing.close();
    const texts = async (floor?: number): Promise<readonly string[]> => {
      const memory = home.open({ thread: "caller" }, embedder);
      const found = await memory.recall("boil", { scopes: [scope], limit: 5, ...(floor === undefined ? {} : { floor }) });
      await memory.close();
      return found.map(({ episode }) => episode.text);
    };
    expect(await texts()).toEqual([]);
    expect(await texts(0.2)).toEqual(["The kettle stands beside the stove."]);
  });
});
