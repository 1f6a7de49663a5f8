import type { Embedder, Memory, RecalledEpisode } from "@omni/core";
import type { SqliteMemoryOptions } from "@omni/memory-sqlite";
import { openBenchMemory, waitForVectors } from "./bench-memory.ts";
import { createRandom } from "./create-random.ts";

/** What of the world is changed. */
export interface WorldOptions {
  readonly seed: number;
  /** Share of rewards that are told the wrong way round. */
  readonly noise?: number;
  /** Shares of memories that help and that hinder; the rest does neither. */
  readonly good?: number;
  readonly harmful?: number;
  /** The epoch before which half of the good and the harmful change places. */
  readonly driftBefore?: number;
  readonly epochs?: number;
  readonly memory?: Partial<SqliteMemoryOptions>;
  /** What is recalled: by the memory, nothing, or what truly helps. */
  readonly policy?: "memory" | "none" | "oracle";
}

const clusters = 20;
const intentsPerCluster = 10;
const memoriesPerCluster = 12;
const dimensions = 64;
const spread = 0.9;
const baseLogit = 0.4;
const effectWeight = 2.4;
const mostRecalled = 3;
const scope = { scope: "user", owner: "world" } as const;

/** A memory of the world: its text is its name, its meaning its key, its effect hidden. */
interface Thing {
  readonly name: string;
  readonly cluster: number;
  readonly key: Float32Array;
}

/**
 * Runs one world and gives the share of successes in each epoch. Tasks come
 * in clusters; inside a cluster similarity says nothing of what helps, so
 * only the outcomes can teach it. An episode succeeds by chance, more likely
 * with the mean effect of the memories of its cluster that were recalled.
 */
export async function runWorld(options: WorldOptions): Promise<readonly number[]> {
  const { seed, epochs = 10, policy = "memory" } = options;
  const random = createRandom(seed);
  const centres = Array.from({ length: clusters }, () => toKey(random));
  const intents = centres.flatMap((centre, cluster) => Array.from({ length: intentsPerCluster }, (_, index) => toThing(`intent${cluster}x${index}`, cluster, centre, random)));
  const memories = centres.flatMap((centre, cluster) => Array.from({ length: memoriesPerCluster }, (_, index) => toThing(`memory${cluster}x${index}`, cluster, centre, random)));
  const effects = toEffects(memories, options, random);
  const bench = policy === "memory" ? await openBenchMemory(toEmbedder([...intents, ...memories]), options.memory) : undefined;
  try {
    if (bench !== undefined) {
      await Promise.all(memories.map(({ name }) => bench.memory.store({ kind: "episode", id: name, text: name, at: 0, source: { trusted: true }, scope })));
      await waitForVectors(bench.memory);
    }
    const rates: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      if (epoch === options.driftBefore) drift(effects, random);
      let successes = 0;
      for (const intent of shuffled(intents, random)) successes += (await runTask({ intent, epoch, memories, effects, options, random, memory: bench?.memory })) ? 1 : 0;
      rates.push(successes / intents.length);
    }
    return rates;
  } finally {
    await bench?.dispose();
  }
}

interface Task {
  readonly intent: Thing;
  readonly epoch: number;
  readonly memories: readonly Thing[];
  readonly effects: Map<string, number>;
  readonly options: WorldOptions;
  readonly random: () => number;
  readonly memory: Memory | undefined;
}

async function runTask({ intent, epoch, memories, effects, options, random, memory }: Task): Promise<boolean> {
  const { policy = "memory", noise = 0 } = options;
  const clusterOf = new Map(memories.map(({ name, cluster }) => [name, cluster]));
  const recalled: readonly RecalledEpisode[] = (await memory?.recall(intent.name, { scopes: [scope], limit: mostRecalled })) ?? [];
  const best = memories.filter(({ cluster }) => cluster === intent.cluster).toSorted((left, right) => (effects.get(right.name) ?? 0) - (effects.get(left.name) ?? 0));
  const names = policy === "oracle" ? best.slice(0, mostRecalled).map(({ name }) => name) : recalled.map(({ episode }) => episode.id);
  const right = names.filter((name) => clusterOf.get(name) === intent.cluster);
  const effect = right.reduce((sum, name) => sum + (effects.get(name) ?? 0), 0) / Math.max(1, right.length);
  const isSuccess = random() < 1 / (1 + Math.exp(-(logit(baseLogit) + effectWeight * effect)));
  const reward = random() < noise ? !isSuccess : isSuccess;
  if (names.length > 0) await memory?.reinforce({ turnId: `${epoch}/${intent.name}`, ids: names, reward: reward ? 1 : 0 });
  return isSuccess;
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** +1 helps, -1 hinders, 0 neither. Each cluster has its share of both, as near as whole memories allow. */
function toEffects(memories: readonly Thing[], { good = 0.3, harmful = 0.3 }: WorldOptions, random: () => number): Map<string, number> {
  const effects = new Map<string, number>();
  for (let cluster = 0; cluster < clusters; cluster++) {
    const upTo = (share: number): number => Math.round((cluster + 1) * memoriesPerCluster * share) - Math.round(cluster * memoriesPerCluster * share);
    const [helping, hindering] = [upTo(good), upTo(harmful)];
    const own = shuffled(memories.filter((each) => each.cluster === cluster), random);
    for (const [index, { name }] of own.entries()) effects.set(name, index < helping ? 1 : index < helping + hindering ? -1 : 0);
  }
  return effects;
}

function drift(effects: Map<string, number>, random: () => number): void {
  for (const [name, effect] of effects) if (effect !== 0 && random() < 0.5) effects.set(name, -effect);
}

function toThing(name: string, cluster: number, centre: Float32Array, random: () => number): Thing {
  const noise = toKey(random);
  return { name, cluster, key: toUnit(centre.map((value, index) => value + spread * (noise[index] ?? 0))) };
}

/** A direction in space, every one as likely. */
function toKey(random: () => number): Float32Array {
  return toUnit(Float32Array.from({ length: dimensions }, () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())));
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** An embedder that knows the world's names. */
function toEmbedder(things: readonly Thing[]): Embedder {
  const keys = new Map(things.map(({ name, key }) => [name, key]));
  return {
    identity: { model: "world", dimensions, version: "1" },
    languages: [],
    embed: async (texts) => texts.map((text) => keys.get(text) ?? new Float32Array(dimensions)),
    close: async () => undefined,
  };
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [here, there] = [result[index], result[other]];
    if (here !== undefined && there !== undefined) [result[index], result[other]] = [there, here];
  }
  return result;
}
