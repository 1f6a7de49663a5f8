import { join } from "node:path";
import type { EmbeddingIdentity, ExportedEpisode, Host, Memory, NewEpisode } from "@omni/core";
import type { CheckedArrival } from "./arrival.ts";
import type { DatabaseFile } from "./database-file.ts";
import type { EmbeddingQueue } from "./embedding-queue.ts";
import type { EngineHome } from "./engine-home.ts";
import type { SqliteMemoryOptions } from "./sqlite-memory-options.ts";
import { checkArrival } from "./arrival.ts";
import { coalesce } from "./coalesce.ts";
import { createEmbeddingQueue } from "./embedding-queue.ts";
import { createEngineHome } from "./engine-home.ts";
import { orAborted } from "./or-aborted.ts";
import { databaseName, toDatabaseFile } from "./database-file.ts";
import { toPortable } from "./portable.ts";

/** Makes the memory of a home. Nothing is opened and no file made before something is remembered. */
export function createSqliteMemory(options: SqliteMemoryOptions, host: Host): Memory {
  const file = toDatabaseFile(options.path ?? join(host.paths.state, databaseName));
  const { embedder } = host;
  const identity = embedder?.identity ?? null;
  const home = createEngineHome({ path: file.path, options }, file, () => void loadVectors(home, identity));
  const queue = embedder === undefined ? undefined : createEmbeddingQueue(embedder, home, host);

  const storeAll = coalesce(async (arrivals: readonly CheckedArrival[]) => {
    await home.call("store", arrivals);
    queue?.wake(arrivals.length);
    return arrivals.map(({ id }) => id);
  });
  const close = async (): Promise<void> => {
    await queue?.close();
    await home.close();
  };
  const forgetAll = coalesce((lists: readonly (readonly string[])[]) => home.call("forget", lists));
  return {
    ...createReading({ home, queue, options, host }),
    store: async (episode) => storeAll(checkArrival({ episode, id: (episode as NewEpisode | null)?.id ?? host.random.id(), now: host.clock.now() })),
    async reinforce(reinforcement) {
      if (home.exists()) await home.call("reinforce", reinforcement, host.clock.now());
    },
    forget: async (ids) => (home.exists() ? forgetAll(ids) : 0),
    tend: async () => {
      if (!home.exists()) return { decayed: 0, decisions: [] };
      const report = await home.call("tend", host.clock.now());
      for (const { decision, ...numbers } of report.decisions) host.log.info(`memory gate: ${decision}`, numbers);
      return report;
    },
    async import(episodes) {
      let count = 0;
      let batch: CheckedArrival[] = [];
      const flush = async (): Promise<void> => {
        count += batch.length === 0 ? 0 : await home.call("store", batch);
        batch = [];
      };
      try {
        for await (const episode of episodes) {
          batch.push(checkArrival(toPortable(episode, host.clock.now())));
          if (batch.length === importBatch) await flush();
        }
      } finally {
        // What came before one that is refused is taken in.
        await flush();
        queue?.wake(count);
      }
      return count;
    },
    async stats() {
      const counts = home.exists() ? await home.call("counts", identity) : undefined;
      const { kinds, standings, vectors, pending } = counts ?? { kinds: { episode: 0, passage: 0, fact: 0 }, standings: { retired: 0, promoted: 0 }, vectors: 0, pending: 0 };
      const episodes = kinds.episode + kinds.passage + kinds.fact;
      return { episodes, embedder: identity?.model ?? null, kinds, retired: standings.retired, promoted: standings.promoted, vectors, pending };
    },
    ...createCopying({ file, home, options, close }),
    close,
  };
}

interface Copying {
  readonly file: DatabaseFile;
  readonly home: EngineHome;
  readonly options: SqliteMemoryOptions;
  close(): Promise<void>;
}

/** Copies, and the way back; loaded when they are wanted. */
function createCopying({ file, home, options, close }: Copying): Required<Pick<Memory, "check" | "backup" | "restore">> {
  return {
    check: async () => (home.exists() ? home.call("check") : { ok: true, detail: "nothing is remembered" }),
    async backup(folder) {
      const { makeCopyFile, makeEmptyCopy } = await import("./copies.ts");
      if (home.exists()) await home.call("copy", makeCopyFile(folder));
      else await makeEmptyCopy(folder, options.busyTimeoutMs);
    },
    async restore(folder) {
      const { restoreDatabase } = await import("./copies.ts");
      await close();
      await restoreDatabase(folder, file, options.busyTimeoutMs);
    },
  };
}

const importBatch = 200;
/** Least wait of a search for the vector of its query, in milliseconds: an encoder of this machine takes about a second to start, and who searches sooner waits for meaning than goes without it. */
const leastSearchWait = 5_000;

/** Has a worker read the vectors into memory before they are needed; until then a recall reads those of its candidates. A memory that fails says so when it is used. */
async function loadVectors(home: EngineHome, identity: EmbeddingIdentity | null): Promise<void> {
  try {
    while (identity !== null && home.isAway() && (await home.call("loadVectors", identity)));
  } catch {
    return;
  }
}

/** A search compares with everything, whatever it takes to read it. It is read part by part, so that others have their turn. */
async function loadAllVectors(home: EngineHome, identity: EmbeddingIdentity, signal: AbortSignal | undefined): Promise<void> {
  while (await home.call("loadVectors", identity)) signal?.throwIfAborted();
}

interface Reading {
  readonly home: EngineHome;
  readonly queue: EmbeddingQueue | undefined;
  readonly options: SqliteMemoryOptions;
  readonly host: Host;
}

function createReading({ home, queue, options, host }: Reading): Pick<Memory, "recall" | "list" | "get" | "neighbours" | "scopes" | "export"> {
  const { embedder } = host;
  return {
    async recall(query, { signal, ...request }) {
      signal?.throwIfAborted();
      if (!home.exists()) return [];
      queue?.wake();
      const { embedWaitMs } = options;
      const isSearch = request.floor !== undefined;
      const vector = await queue?.embedQuery(query, { query: isSearch ? Math.max(embedWaitMs, leastSearchWait) : embedWaitMs, others: embedWaitMs }, signal);
      signal?.throwIfAborted();
      if (isSearch && vector !== undefined && embedder !== undefined) await loadAllVectors(home, embedder.identity, signal);
      const recalled = home.call("recall", { query, ...request, ...(vector === undefined || embedder === undefined ? {} : { vector: { identity: embedder.identity, numbers: vector } }) });
      return signal === undefined ? recalled : orAborted(recalled, signal);
    },
    list: async ({ offset = 0, ...request }) => (home.exists() ? home.call("list", { ...request, offset }) : []),
    get: async (ids) => (home.exists() ? home.call("get", ids) : []),
    neighbours: async (ids, how) => (home.exists() ? home.call("neighbours", ids, how) : []),
    scopes: async () => (home.exists() ? home.call("scopes") : []),
    export: () => exportAll(home),
  };
}

async function* exportAll(home: EngineHome): AsyncGenerator<ExportedEpisode, void, undefined> {
  if (!home.exists()) return;
  for (let after: number | null = 0; after !== null; ) {
    const page: { readonly episodes: readonly ExportedEpisode[]; readonly next: number | null } = await home.call("exportPage", after);
    yield* page.episodes;
    after = page.next;
  }
}
