import type { Embedder } from "@omni/core";
import { createHashEmbedder } from "@omni/testkit/fakes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";

const scope = { scope: "user", owner: "me" } as const;

let home: MemoryHome;
beforeEach(() => {
  home = createMemoryHome();
});
afterEach(() => home.dispose());

/** Lets everything that can happen without time passing happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An embedder that fails until it is mended, and one that never answers. */
function createFailing(): Embedder & { isMended: boolean; calls: number } {
  const real = createHashEmbedder();
  const failing = {
    ...real,
    isMended: false,
    calls: 0,
    async embed(texts: readonly string[], signal: AbortSignal) {
      failing.calls += 1;
      if (!failing.isMended) throw new Error("the endpoint is down");
      return real.embed(texts, signal);
    },
  };
  return failing;
}

describe("embedding in the background", () => {
  it("is tried again when time has passed, ever later, and says once what is wrong", async () => {
    const embedder = createFailing();
    const memory = home.open({}, embedder);
    await memory.store({ kind: "fact", text: "the kettle is red", at: 0, source: { trusted: true }, scope });
    await settle();
    expect(embedder.calls).toBe(1);
    await home.pass(4_000);
    await settle();
    expect(embedder.calls).toBe(1);
    await home.pass(1_000);
    await settle();
    expect(embedder.calls).toBe(2);
    embedder.isMended = true;
    await home.pass(9_000);
    await settle();
    expect((await memory.stats()).pending).toBe(1);
    await home.pass(1_000);
    await settle();
    expect(await memory.stats()).toMatchObject({ vectors: 1, pending: 0 });
  });

  it("leaves a query to words when its vector is not there in time", async () => {
    const never: Embedder = { ...createHashEmbedder(), embed: () => new Promise(() => undefined) };
    const memory = home.open({ embedWaitMs: 100 }, never);
    await memory.store({ kind: "fact", text: "the kettle is red", at: 0, source: { trusted: true }, scope });
    let isDone = false;
    const recalling = memory.recall("kettle", { scopes: [scope], limit: 1 }).finally(() => (isDone = true));
    await settle();
    await home.pass(99);
    await settle();
    expect(isDone).toBe(false);
    await home.pass(1);
    await settle();
    await home.pass(100);
    expect(await recalling).toHaveLength(1);
  });

  it.each([
    ["no list", undefined],
    ["a list of nothing", [null]],
    ["an empty list", []],
  ])("takes an embedder that gives %s for one that fails: words alone find", async (_, given) => {
    const odd: Embedder = { ...createHashEmbedder(), embed: async () => JSON.parse(JSON.stringify({ given })).given };
    const memory = home.open({}, odd);
    for (const text of ["the kettle is red", "the boat is blue"]) await memory.store({ kind: "fact", text, at: 0, source: { trusted: true }, scope });
    await settle();
    expect(await memory.recall("kettle", { scopes: [scope], limit: 1 })).toMatchObject([{ episode: { text: "the kettle is red" } }]);
    expect(await memory.stats()).toMatchObject({ vectors: 0, pending: 2 });
    expect(home.host.log.lines).toMatchObject([{ level: "warn", message: "texts could not be embedded; words alone are used meanwhile" }]);
  });

  it("goes on where an earlier process stopped", async () => {
    const without = home.open();
    await Promise.all(Array.from({ length: 200 }, (_, index) => without.store({ kind: "passage", text: `note ${index}`, at: index, source: { trusted: true }, scope })));
    await without.close();
    const memory = home.open({}, createHashEmbedder());
    expect(await memory.stats()).toMatchObject({ vectors: 0, pending: 200 });
    await memory.recall("note 7", { scopes: [scope], limit: 1 });
    await settle();
    expect(await memory.stats()).toMatchObject({ vectors: 200, pending: 0 });
  });

  it("keeps one text that cannot be embedded from holding up the others", async () => {
    const real = createHashEmbedder();
    const picky: Embedder = {
      ...real,
      async embed(texts, signal) {
        if (texts.some((text) => text.includes("poison"))) throw new Error("this text is refused");
        return real.embed(texts, signal);
      },
    };
    const memory = home.open({}, picky);
    await Promise.all(["one kettle", "poison", "two kettles"].map((text) => memory.store({ kind: "passage", text, at: 0, source: { trusted: true }, scope })));
    await settle();
    expect(await memory.stats()).toMatchObject({ vectors: 3, pending: 0 });
    expect(await memory.recall("poison", { scopes: [scope], limit: 1 })).toHaveLength(1);
  });
});
