import type { NewEpisode } from "@omni/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineHome } from "../src/engine-home.ts";
import type { MemoryHome } from "./memory-home.ts";
import { checkArrival } from "../src/arrival.ts";
import { createEngineHome } from "../src/engine-home.ts";
import { createMemoryHome } from "./memory-home.ts";
import { openWorkerEngine } from "../src/worker-engine.ts";
import { sqliteMemoryOptions } from "../src/index.ts";
import { toDatabaseFile } from "../src/database-file.ts";

const scope = { scope: "user", owner: "me" } as const;

let home: MemoryHome;
beforeEach(() => {
  home = createMemoryHome();
});
afterEach(() => home.dispose());

function open(options: Readonly<Record<string, unknown>> = {}): EngineHome {
  return createEngineHome({ path: home.path, options: sqliteMemoryOptions.parse(options) }, toDatabaseFile(home.path));
}

async function store(engine: EngineHome, id: string, text: string): Promise<void> {
  const episode: NewEpisode = { kind: "passage", text, at: 0, source: { trusted: true }, scope };
  await engine.call("store", [checkArrival({ id, now: 0, episode })]);
}

describe("where the engine runs", () => {
  it("moves to a worker when the memory has become large, and loses nothing on the way", async () => {
    const engine = open();
    const text = "lorem ipsum dolor ".repeat(5_000);
    const stores = Array.from({ length: 128 }, (_, index) => store(engine, `n${index}`, `${text} number${index}`));
    await Promise.all(stores);
    await engine.call("list", { scopes: [scope], limit: 1, offset: 0 });
    expect(engine.isAway()).toBe(true);
    expect((await engine.call("counts", null)).kinds.passage).toBe(128);
    await engine.close();
  });

  it("does the first of a large memory itself, and has a worker when there is more, or something heavy", async () => {
    const first = open();
    await Promise.all(Array.from({ length: 64 }, (_, index) => store(first, `n${index}`, `number${index} ${"lorem ipsum dolor ".repeat(10_000)}`)));
    await first.close();
    const engine = open();
    const recall = (): Promise<unknown> => engine.call("recall", { query: "number7", scopes: [scope], limit: 1, floor: 0 });
    expect(await recall()).toHaveLength(1);
    expect(engine.isAway()).toBe(false);
    expect(await engine.call("list", { scopes: [scope], limit: 5, offset: 0 })).toHaveLength(5);
    expect(engine.isAway()).toBe(true);
    expect(await recall()).toHaveLength(1);
    await engine.close();
  });

  it("ends at once, also while a worker is being started", async () => {
    const first = open();
    await Promise.all(Array.from({ length: 64 }, (_, index) => store(first, `n${index}`, `number${index} ${"lorem ipsum dolor ".repeat(10_000)}`)));
    await first.close();
    const engine = open();
    const listing = engine.call("list", { scopes: [scope], limit: 5, offset: 0 });
    await engine.close();
    await expect(listing).rejects.toMatchObject({ code: "memory.failed" });
  });

  it("stays in the caller's thread while the memory is small", async () => {
    const engine = open();
    for (let index = 0; index < 130; index += 1) await store(engine, `n${index}`, "short");
    expect(engine.isAway()).toBe(false);
    await engine.close();
  });

  it("answers what waits with memory.failed when the worker is gone, and the next call has a new one", async () => {
    const engine = open({ thread: "worker" });
    await store(engine, "n1", "before");
    const { path } = home;
    let ended = 0;
    const worker = await openWorkerEngine({ path, options: sqliteMemoryOptions.parse({}) }, { signal: new AbortController().signal, onEnd: () => (ended += 1) });
    const closing = worker.close();
    await expect(worker.call("counts", null)).rejects.toMatchObject({ code: "memory.failed" });
    await closing;
    expect(ended).toBe(1);
    expect((await engine.call("counts", null)).kinds.passage).toBe(1);
    await engine.close();
  });

  it("does what was asked for before its end, and leaves nothing open", async () => {
    const engine = open();
    const storing = store(engine, "n1", "in the last moment");
    await Promise.all([engine.close(), storing]);
    const again = open();
    expect(await again.call("get", ["n1"])).toHaveLength(1);
    await again.close();
  });

  it("refuses calls after its end", async () => {
    const engine = open();
    await store(engine, "n1", "before");
    await engine.close();
    await expect(engine.call("counts", null)).rejects.toMatchObject({ code: "memory.failed" });
  });

  it("passes the worker's errors on, with whether to try again", async () => {
    const engine = open({ thread: "worker" });
    await store(engine, "n1", "before");
    await expect(engine.call("reinforce", { turnId: "t", ids: ["n1"], reward: 7 }, 0)).rejects.toMatchObject({ code: "memory.failed", retryable: false });
    await engine.close();
  });
});
