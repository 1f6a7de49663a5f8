import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Embedder, Host, Memory } from "@omni/core";
import type { SqliteMemoryOptions } from "@omni/memory-sqlite";
import { createHost } from "@omni/runtime";
import { createSqliteMemory, sqliteMemoryOptions } from "@omni/memory-sqlite";
import { createStaticEmbedder, staticEmbedderOptions } from "@omni/embedder-static";
import { defaults } from "@omni/preset-default";

/** Which embedder a measurement uses: what an empty configuration has, none, the static word vectors, or one of its own. */
export type EmbedderChoice = "default" | "none" | "static" | Embedder;

/** A memory of a new home, as the product makes it. */
export interface BenchMemory {
  readonly memory: Memory;
  /** The database's file. */
  readonly path: string;
  /** The same home opened once more, the first memory closed. */
  reopen(): Promise<Memory>;
  /** Closes the memory and removes the home. */
  dispose(): Promise<void>;
}

/** Makes a home in a temporary folder, and its memory. */
export async function openBenchMemory(choice: EmbedderChoice, options: Partial<SqliteMemoryOptions> = {}): Promise<BenchMemory> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const paths = { home, state: join(home, "state"), workspace: join(home, "workspace") };
  await mkdir(paths.state, { mode: 0o700 });
  const system = createHost({ paths });
  const embedder = toEmbedder(choice, system);
  const host = embedder === undefined ? system : { ...system, embedder };
  const open = (): Memory => createSqliteMemory(sqliteMemoryOptions.parse(options), host);
  let memory = open();
  return {
    memory,
    path: join(paths.state, "memory.db"),
    async reopen() {
      await memory.close();
      memory = open();
      return memory;
    },
    async dispose() {
      await memory.close();
      await embedder?.close();
      await system.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function toEmbedder(choice: EmbedderChoice, host: Host): Embedder | undefined {
  if (typeof choice !== "string") return choice;
  const chosen = choice === "default" ? toDefault() : choice;
  return chosen === "none" ? undefined : createStaticEmbedder(staticEmbedderOptions.parse({}), host);
}

/** Throws where the default has become one that is not measured here. */
function toDefault(): "none" | "static" {
  const { embedder } = defaults({});
  if (embedder === false) return "none";
  if (typeof embedder === "object" && embedder !== null && "use" in embedder && embedder.use === "static") return "static";
  throw new Error(`the default embedder ${JSON.stringify(embedder)} is not measured`);
}

/** Waits until everything that is stored has its vector. Throws when no vector comes for ten seconds. */
export async function waitForVectors(memory: Memory): Promise<void> {
  let last = -1;
  let since = performance.now();
  for (;;) {
    const { vectors = 0, pending = 0, embedder } = await memory.stats();
    if (embedder === null || pending === 0) return;
    if (vectors !== last) since = performance.now();
    if (performance.now() - since > 10_000) throw new Error(`${pending} texts still wait for their vectors`);
    last = vectors;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
