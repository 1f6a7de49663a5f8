import { readFileSync } from "node:fs";
import type { Embedder, GateDecision, Memory } from "@omni/core";
import { describe } from "vitest";
import type { MemoryPlace } from "../src/index.ts";
import type { AbleArrayRecords, ArrayRecords } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describeMemory, memoryContract } from "../src/index.ts";
import { createAbleArrayMemory, createAbleArrayRecords, createArrayMemory, createArrayRecords } from "../src/fakes/index.ts";

const abilities = ["get", "portable", "graph", "decay", "gate", "vectors", "backup"];

describeMemory("the array memory", () => broken(() => ({}))());
describeMemory("the array memory with every ability", () => able(() => ({}))(), { abilities });

/** Places of the memory with every ability, with something changed in every memory that is opened. */
function able(change: (memory: Required<Memory>, records: AbleArrayRecords, embedder: Embedder | undefined) => Partial<Memory>, passes: boolean = true): () => MemoryPlace {
  return () => {
    const records = createAbleArrayRecords();
    return {
      async open({ embedder } = {}) {
        const memory = createAbleArrayMemory(records, embedder);
        return { ...memory, ...change(memory, records, embedder) };
      },
      async openCopy(folder) {
        const copy = records.copies.get(folder);
        if (copy === undefined) throw new Error(`nothing was copied into ${folder}`);
        return createAbleArrayMemory(copy);
      },
      async pass(milliseconds) {
        if (passes) records.now += milliseconds;
      },
      dispose: async () => undefined,
    };
  };
}

/** Places of the array memory with something changed in every memory that is opened. */
function broken(change: (memory: Memory, records: ArrayRecords) => Partial<Memory>): () => MemoryPlace {
  return () => {
    const records = createArrayRecords();
    const open = async (): Promise<Memory> => {
      const memory = createArrayMemory(records);
      return { ...memory, ...change(memory, records) };
    };
    return { open, dispose: async () => undefined };
  };
}

/** Places whose second memory finds the records as this leaves them. */
function brokenAtReopening(change: (records: ArrayRecords) => void): () => MemoryPlace {
  return () => {
    const records = createArrayRecords();
    let opened = 0;
    const open = async (): Promise<Memory> => {
      opened += 1;
      if (opened > 1) change(records);
      return createArrayMemory(records);
    };
    return { open, dispose: async () => undefined };
  };
}

const recallWith = (change: (query: string) => string): (() => MemoryPlace) => broken((memory) => ({ recall: (query, options) => memory.recall(change(query), options) }));

/** A recall whose result is changed. */
const recalledWith = (change: (found: Awaited<ReturnType<Memory["recall"]>>) => Awaited<ReturnType<Memory["recall"]>>): (() => MemoryPlace) =>
  broken((memory) => ({ recall: async (query, options) => change(await memory.recall(query, options)) }));

const keeping = {
  M1: broken((memory) => ({ store: ({ speaker: _speaker, ...episode }) => memory.store(episode) })),
  M2: broken((memory) => ({ store: (episode) => memory.store({ ...episode, text: episode.text ?? episode.intent ?? "" }) })),
  M3: broken((memory) => ({
    async store(episode) {
      if (episode.id !== undefined) await memory.forget([episode.id]);
      return memory.store(episode);
    },
  })),
  M4: broken((memory) => ({ store: (episode) => memory.store({ ...episode, id: episode.id ?? episode.text ?? "" }) })),
  M5: broken((memory) => ({ list: (options) => memory.list({ ...options, offset: 0 }) })),
  M6: broken((memory) => ({ stats: async () => ({ ...(await memory.stats()), episodes: 2 }) })),
  M7: broken((memory) => ({
    async forget(ids) {
      await memory.forget(ids);
      return ids.length;
    },
  })),
  M8: broken((_, records) => ({
    async forget(ids) {
      const texts = records.episodes.filter((each) => ids.includes(each.id)).map(({ text }) => text);
      const kept = records.episodes.filter((each) => !ids.includes(each.id));
      // Only where it stands alone, and whole.
      const without = kept.map(({ previous = "", next = "", ...each }) => ({ ...each, ...(texts.includes(previous) ? {} : { previous }), ...(texts.includes(next) ? {} : { next }) }));
      records.episodes.splice(0, Infinity, ...without);
      return texts.length;
    },
  })),
  M9: broken((memory) => ({ store: (episode) => memory.store({ ...episode, text: episode.text?.trim() || "nothing" }) })),
  M10: broken((memory) => ({ store: ({ text = "", ...episode }) => memory.store({ ...episode, text: text.slice(0, 1_000) }) })),
  M11: broken((memory) => ({ list: async (options) => (await memory.list(options)).map((episode) => ({ ...episode, at: Number.NaN })) })),
  M12: brokenAtReopening((records) => records.episodes.splice(0)),
  M13: brokenAtReopening((records) => records.episodes.splice(49)),
  M14: (): MemoryPlace => {
    const first = createArrayRecords();
    const second = createArrayRecords();
    const records = [first, second];
    const both: Partial<Memory> = {
      async store(episode) {
        await createArrayMemory(second).store(episode);
        return createArrayMemory(first).store(episode);
      },
    };
    return { open: async () => ({ ...createArrayMemory(records.shift()), ...both }), dispose: async () => undefined };
  },
  M15: broken(() => {
    let isClosed = false;
    return {
      async close() {
        if (isClosed) throw new Error("closed already");
        isClosed = true;
      },
    };
  }),
};

const recalling = {
  M20: recalledWith((found) => found.toReversed()),
  M21: broken((memory) => ({ recall: (query, options) => memory.recall(/plorthim/.test(query) ? "Ada" : query, options) })),
  M22: recallWith((query) => query.trim() || "boats"),
  M23: broken((memory) => ({ recall: (query, options) => memory.recall(query, { ...options, limit: options.limit === 3 ? 4 : options.limit }) })),
  M24: broken((memory) => ({
    async recall(query, options) {
      if ((query.match(/"/g) ?? []).length % 2 === 1) throw new Error("unterminated string");
      return memory.recall(query, options);
    },
  })),
  M25: recallWith((query) => {
    if (query.length > 100_000) throw new Error("expression too deep");
    return query;
  }),
  M26: recallWith((query) => query.replace(/[^\p{ASCII}\p{Lowercase}]/gu, "")),
  M27: broken((memory) => ({ recall: (query, options) => memory.recall(query, { ...options, scopes: [...options.scopes, { scope: "global", owner: "" }] }) })),
  M28: broken((memory) => ({ recall: (query, options) => memory.recall(query, { ...options, floor: 0 }) })),
  M29: recalledWith((found) => found.map((each, index) => ({ ...each, score: 1 + index }))),
  M30: recalledWith((found) => found.toSorted((left, right) => right.score - left.score || left.episode.at - right.episode.at)),
  M31: broken((memory) => ({ store: ({ next: _next, ...episode }) => memory.store(episode) })),
  M32: broken((memory) => ({ store: (episode) => memory.store({ ...episode, source: { ...episode.source, trusted: true } }) })),
};

const learning = {
  M40: broken((memory) => ({ reinforce: (given) => memory.reinforce({ ...given, reward: 1 - given.reward }) })),
  M41: broken((memory, records) => ({ reinforce: (given) => memory.reinforce({ ...given, turnId: `${given.turnId}-${records.made++}` }) })),
  M42: broken((memory) => ({ reinforce: (given) => memory.reinforce({ ...given, reward: Math.ceil(given.reward) }) })),
  M43: broken((memory) => ({ reinforce: (given) => memory.reinforce({ ...given, reward: given.reward * 5 }) })),
  M44: broken((memory, records) => ({ reinforce: (given) => memory.reinforce({ ...given, ids: records.episodes.map((each) => each.id) }) })),
  M45: broken((memory) => ({
    async recall(query, options) {
      const found = await memory.recall(query, { ...options, limit: 100 });
      return found.toSorted((left, right) => right.similarity - left.similarity || right.episode.at - left.episode.at).slice(0, options.limit);
    },
  })),
  M46: recalledWith((found) => found.filter((each) => each.episode.q > 0.2)),
  M47: brokenAtReopening((records) => records.turns.clear()),
};

/** A tending whose decisions are changed, as if it had decided so. */
const decidedWith = (change: (decisions: readonly GateDecision[]) => readonly GateDecision[]): (() => MemoryPlace) =>
  able((memory) => ({
    async tend() {
      const report = await memory.tend();
      return { ...report, decisions: change(report.decisions) };
    },
  }));

const carrying = {
  M50: able((memory) => ({ get: async (ids) => (await memory.get(ids)).toReversed() })),
  M51: able((memory) => ({
    async *export() {
      for await (const { previous: _previous, ...episode } of memory.export()) yield episode;
    },
  })),
  M52: able((memory) => ({
    async *export() {
      let count = 0;
      for await (const episode of memory.export()) if (count++ < 200) yield episode;
    },
  })),
  M53: able((memory) => ({
    async import(episodes) {
      const all = [];
      for await (const episode of episodes) all.push(episode);
      await memory.forget(all.map(({ id }) => id));
      await memory.import(all);
      return 0;
    },
  })),
  M54: able((memory) => ({
    async import(episodes) {
      for await (const episode of episodes) await memory.import([{ ...episode, q: 0.5 }]);
      return 0;
    },
  })),
  M55: able((memory) => ({
    async scopes() {
      const scopes = await memory.scopes();
      return [...scopes, ...scopes];
    },
  })),
};

const linking = {
  M60: able((memory) => ({ neighbours: async (ids, options) => (await memory.neighbours(ids, options)).toReversed() })),
  M61: able((memory) => ({ neighbours: (ids, options) => memory.neighbours(ids, { ...options, scopes: [...options.scopes, { scope: "user", owner: "someone" }] }) })),
  M62: able((memory) => {
    const told = new Map<string, Awaited<ReturnType<typeof memory.neighbours>>>();
    return {
      async forget(ids) {
        told.set("before", await memory.neighbours(ids, { scopes: [{ scope: "session", owner: "cli:default" }], limit: 10 }));
        return memory.forget(ids);
      },
      neighbours: async (ids, options) => told.get("before") ?? memory.neighbours(ids, options),
    };
  }),
};

const tending = {
  M70: able(() => ({}), false),
  M71: able((memory, records) => ({
    async tend() {
      records.now += 1_000;
      return memory.tend();
    },
  })),
  M72: decidedWith((decisions) => decisions.map((each) => ({ ...each, uses: 0 }))),
  M73: able((memory, records) => ({
    async recall(query, options) {
      for (const [index, { standing: _standing, ...each }] of records.episodes.entries()) records.episodes[index] = each;
      return memory.recall(query, options);
    },
  })),
  M74: able((memory) => ({ store: (episode) => memory.store({ ...episode, source: { ...episode.source, trusted: true } }) })),
  M75: able((memory) => ({ store: (episode) => memory.store({ ...episode, kind: "episode" }) })),
  M76: able((memory, records) => ({
    async tend() {
      for (const [id, { until }] of records.tended) records.tended.set(id, { until, uses: 0 });
      return memory.tend();
    },
  })),
  M77: able((_, records) => ({ reinforce: createArrayMemory(records).reinforce })),
  M78: able((memory) => ({ list: ({ standing: _standing, ...options }) => memory.list(options) })),
};

const meaning = {
  M80: able((_, records) => ({ recall: createArrayMemory(records).recall })),
  M81: able((memory) => ({ stats: async () => ({ ...(await memory.stats()), vectors: 0 }) })),
  M82: able((memory, _, embedder) => ({
    async store(episode) {
      await embedder?.embed([episode.text ?? ""], new AbortController().signal);
      return memory.store(episode);
    },
  })),
  M83: able((memory, records, embedder) => ({
    async store(episode) {
      const id = await memory.store(episode);
      const [vector] = (await embedder?.embed([episode.text ?? ""], new AbortController().signal)) ?? [];
      if (vector?.length !== embedder?.identity.dimensions) records.episodes.pop();
      return id;
    },
  })),
  M84: able((memory, records, embedder) => ({
    async recall(query, options) {
      for (const [id, { vector }] of records.vectors) records.vectors.set(id, { owner: JSON.stringify(embedder?.identity), vector });
      return memory.recall(query, options);
    },
  })),
  M85: able((memory, records) => ({
    async forget(ids) {
      const kept = await memory.get(ids);
      const count = await memory.forget(ids);
      records.episodes.push(...kept.map((each) => ({ ...each, text: "bicycle" })));
      return count;
    },
  })),
};

const copying = {
  M90: able((memory, records) => ({
    async backup(folder) {
      await memory.backup(folder);
      for (const [index, each] of (records.copies.get(folder)?.episodes ?? []).entries()) records.copies.get(folder)?.episodes.splice(index, 1, { ...each, q: 0.5 });
    },
  })),
  M91: able((memory, records) => ({
    async restore(folder) {
      const before = [...records.episodes];
      await memory.restore(folder);
      records.episodes.push(...before.filter(({ id }) => records.episodes.every((each) => each.id !== id)));
    },
  })),
  M92: able((memory, records) => ({
    async restore(folder) {
      if (records.copies.get(folder)?.episodes.length !== 0) await memory.restore(folder);
    },
  })),
  M93: able((memory, records) => ({
    async restore(folder) {
      if (records.copies.has(folder)) await memory.restore(folder);
      else records.episodes.splice(0);
    },
  })),
};

describe("the kit of memories", () => {
  describeBroken(memoryContract, { ...keeping, ...recalling, ...learning, ...carrying, ...linking, ...tending, ...meaning, ...copying });
  describeDocumented(memoryContract, readFileSync(new URL("../../../docs/contracts/memory.md", import.meta.url), "utf8"));
});
