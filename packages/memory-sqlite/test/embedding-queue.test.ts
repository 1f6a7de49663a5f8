import type { Embedder, Memory } from "@omni/core";
import { OmniError } from "@omni/core";
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

/** An embedder that fails until it is mended, and counts how often the kettle is asked for. */
function createFailing(): Embedder & { isMended: boolean; calls: number } {
  const real = createHashEmbedder();
  const failing = {
    ...real,
    isMended: false,
    calls: 0,
    async embed(texts: readonly string[], signal: AbortSignal) {
      if (texts.some((text) => text.includes("kettle"))) failing.calls += 1;
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

  it("waits five seconds for the vector of a search, and no longer", async () => {
    const { clock } = home.host;
    const real = createHashEmbedder();
    const slow = (milliseconds: number): Embedder => ({ ...real, embed: (texts, signal) => (texts.includes("red") ? clock.sleep(milliseconds).then(() => real.embed(texts, signal)) : real.embed(texts, signal)) });
    const isDoneAfter = async (memory: Memory, milliseconds: readonly number[], floor?: number): Promise<readonly boolean[]> => {
      let isDone = false;
      const recalling = memory.recall("red", { scopes: [scope], limit: 1, ...(floor === undefined ? {} : { floor }) }).finally(() => (isDone = true));
      await settle();
      const seen = [isDone];
      for (const each of milliseconds) {
        await passAll(each);
        seen.push(isDone);
      }
      expect(await recalling).toHaveLength(1);
      return seen;
    };
    await storeAll(home.open(), ["the kettle is red"]);
    const starting = home.open({}, slow(1_000));
    expect(await isDoneAfter(starting, [250])).toEqual([false, true]);
    expect(await isDoneAfter(starting, [250, 749, 1], 0.1)).toEqual([false, false, false, true]);
    expect(await isDoneAfter(home.open({}, slow(600_000)), [4_999, 1], 0.1)).toEqual([false, false, true]);
  });

  it("is not waited for by a search that was given up", async () => {
    const never: Embedder = { ...createHashEmbedder(), embed: () => new Promise(() => undefined) };
    const memory = home.open({ embedWaitMs: 0 }, never);
    await memory.store({ kind: "fact", text: "the kettle is red", at: 0, source: { trusted: true }, scope });
    const stop = new AbortController();
    const searching = expect(memory.recall("kettle", { scopes: [scope], limit: 1, floor: 0.1, signal: stop.signal })).rejects.toThrow("given up");
    await settle();
    stop.abort(new Error("given up"));
    await home.pass(0);
    await searching;
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

  it("finds within a minute what another process stored, when it is recalled from", async () => {
    const memory = home.open({}, createHashEmbedder());
    await storeAll(memory, ["one kettle"]);
    const other = home.open();
    await Promise.all(Array.from({ length: 100 }, (_, index) => other.store({ kind: "passage", text: `note ${index}`, at: index, source: { trusted: true }, scope })));
    await other.close();
    const recallAfter = async (milliseconds: number): Promise<unknown> => {
      await passAll(milliseconds);
      await memory.recall("kettle", { scopes: [scope], limit: 1 });
      for (let turn = 0; turn < 4; turn += 1) await settle();
      return memory.stats();
    };
    expect(await recallAfter(59_000)).toMatchObject({ vectors: 1, pending: 100 });
    expect(await recallAfter(1_000)).toMatchObject({ vectors: 101, pending: 0 });
  });

  it("leaves what the embedder refuses for good to words, and says so", async () => {
    const memory = home.open({}, createPicky(() => new OmniError("embedder.failed", "this text is refused")));
    await storeAll(memory, ["one kettle", "poison", "two kettles"]);
    expect(await memory.stats()).toMatchObject({ vectors: 3, pending: 0 });
    expect(await memory.recall("poison", { scopes: [scope], limit: 1 })).toHaveLength(1);
    expect(home.host.log.lines).toMatchObject([{ level: "warn", message: "texts are left to be found by words alone: the embedder does others, and not these", fields: { texts: 1 } }]);
  });

  it("does not take a refusal for one of the text where it refuses everything", async () => {
    const refusing: Embedder = { ...createHashEmbedder(), embed: () => Promise.reject(new OmniError("embedder.failed", "the key is wrong")) };
    const memory = home.open({}, refusing);
    await storeAll(memory, ["one kettle", "two kettles"]);
    for (let round = 0; round < 15; round += 1) await passAll(600_000);
    expect(await memory.stats()).toMatchObject({ vectors: 0, pending: 2 });
  });

  it.each([
    ["an error that passes", (): Error => new OmniError("embedder.failed", "too many requests", { retryable: true })],
    ["an error nobody knows", (): Error => new Error("something went wrong")],
  ])("embeds what failed beside others by %s as soon as it can", async (_, toError) => {
    let isDown = true;
    const memory = home.open({}, createPicky(() => (isDown ? toError() : undefined)));
    await storeAll(memory, ["one kettle", "poison", "two kettles"]);
    expect(await memory.stats()).toMatchObject({ vectors: 2, pending: 1 });
    for (let round = 0; round < 8; round += 1) await passAll(600_000);
    expect(await memory.stats()).toMatchObject({ vectors: 2, pending: 1 });
    isDown = false;
    await passAll(600_000);
    expect(await memory.stats()).toMatchObject({ vectors: 3, pending: 0 });
    const [found] = await memory.recall("poison", { scopes: [scope], limit: 1, floor: 0 });
    expect(found?.episode.text).toBe("poison");
  });

  it("leaves a text to words when it has failed ten times while others did not", async () => {
    let tries = 0;
    const memory = home.open({}, createPicky(() => ((tries += 1), new Error("this text is refused"))));
    await storeAll(memory, ["poison"]);
    for (let round = 1; round < 10; round += 1) {
      expect([tries, (await memory.stats()).pending]).toEqual([round, 1]);
      await passAll(600_000);
    }
    expect([tries, await memory.stats()]).toMatchObject([10, { vectors: 1, pending: 0 }]);
    await passAll(600_000);
    expect(tries).toBe(10);
  });

  it("embeds what else is stored at once while some texts fail, and asks for these no sooner for it", async () => {
    let tries = 0;
    const memory = home.open({}, createPicky(() => ((tries += 1), new Error("this text is refused"))));
    await storeAll(memory, ["poison"]);
    for (let round = 0; round < 4; round += 1) await passAll(600_000);
    const before = tries;
    await storeAll(memory, ["one kettle"]);
    await storeAll(memory, ["two kettles"]);
    expect([tries, await memory.stats()]).toMatchObject([before, { vectors: 2, pending: 1 }]);
  });

  it("goes on behind more bad texts than go to the embedder at a time", async () => {
    const memory = home.open({}, createPicky(() => new Error("this text is refused")));
    await storeAll(memory, [...Array.from({ length: 20 }, (_, index) => `poison ${index}`), ...Array.from({ length: 30 }, (_, index) => `kettle ${index}`)]);
    expect(await memory.stats()).toMatchObject({ vectors: 30, pending: 20 });
  });

  it("asks for a few dozen texts at most where nothing but a short one succeeds, and for the rest later", async () => {
    let asked = 0;
    const memory = home.open({}, createPicky(() => ((asked += 1), new OmniError("embedder.failed", "too many tokens", { retryable: true }))));
    await storeAll(memory, Array.from({ length: 200 }, (_, index) => `poison ${index}`));
    expect(asked).toBe(3 * 17);
    expect(await memory.stats()).toMatchObject({ vectors: 0, pending: 200 });
  });

  it("tries nothing again for what was forgotten meanwhile", async () => {
    const memory = home.open({}, createPicky(() => new Error("this text is refused")));
    const [poison = ""] = await storeAll(memory, ["poison", "one kettle"]);
    await memory.forget([poison]);
    await passAll(5_000);
    const lines = home.host.log.lines.length;
    for (let round = 0; round < 3; round += 1) await passAll(600_000);
    expect([home.host.log.lines.length, await memory.stats()]).toMatchObject([lines, { vectors: 1, pending: 0 }]);
  });
});

/** An embedder that fails where a text is called poison, as long as there is an error for it. */
function createPicky(toError: () => Error | undefined): Embedder {
  const real = createHashEmbedder();
  return {
    ...real,
    async embed(texts, signal) {
      const error = texts.some((text) => text.includes("poison")) ? toError() : undefined;
      if (error !== undefined) throw error;
      return real.embed(texts, signal);
    },
  };
}

/** Stores texts in one breath and waits until the background has done what it can without time passing. */
async function storeAll(memory: Memory, texts: readonly string[]): Promise<readonly string[]> {
  const ids = await Promise.all(texts.map((text, index) => memory.store({ kind: "passage", text, at: index, source: { trusted: true }, scope })));
  for (let turn = 0; turn < 4; turn += 1) await settle();
  return ids;
}

/** Lets time pass, and all happen that waited for it. */
async function passAll(milliseconds: number): Promise<void> {
  await home.pass(milliseconds);
  await settle();
}
