import type { RootedFiles } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { StoredEpisode } from "./stored-episode.ts";

const name = "memory-map.json";

/** All that is remembered, in order of storing. */
export interface MemoryContent {
  readonly episodes: Map<string, StoredEpisode>;
  /** Turns whose outcome was counted, oldest first. */
  readonly turns: Set<string>;
}

/** The content and its one file. */
export interface MemoryFile {
  /** Reads the file at the first call. Throws `memory.failed` for a damaged file, which is left as it is. */
  content(): Promise<MemoryContent>;
  /** Says that the content changed. */
  changed(): void;
  /** Resolves when every change so far is written. One write is in flight at a time; the next takes all that came meanwhile. */
  saved(): Promise<void>;
}

/** Makes the file below a folder. Nothing is written until something changed; a write that failed is made up for by the next. */
export function createMemoryFile(files: RootedFiles): MemoryFile {
  let loading: Promise<MemoryContent> | undefined;
  let writing: Promise<void> | undefined;
  let changes = 0;
  let written = 0;

  const content = (): Promise<MemoryContent> => {
    // A failed read is not kept, so that mending the file needs no restart.
    loading ??= read(files).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const write = async (): Promise<void> => {
    const { episodes, turns } = await content();
    const taken = changes;
    await files.write(name, JSON.stringify({ version: 1, episodes: [...episodes.values()], turns: [...turns] }));
    written = taken;
  };
  return {
    content,
    changed: () => {
      changes += 1;
    },
    async saved() {
      const wanted = changes;
      while (written < wanted) {
        writing ??= write().finally(() => {
          writing = undefined;
        });
        await writing.catch((error: unknown) => {
          throw toOmniError(error, "memory.failed");
        });
      }
    },
  };
}

async function read(files: RootedFiles): Promise<MemoryContent> {
  const bytes = await files.read(name).catch((error: unknown) => {
    if (isOmniError(error) && error.code === "files.not-found") return undefined;
    throw toOmniError(error, "memory.failed");
  });
  return bytes === undefined ? { episodes: new Map(), turns: new Set() } : parse(bytes, `${files.root}/${name}`);
}

function parse(bytes: Uint8Array, path: string): MemoryContent {
  try {
    const { version, episodes, turns }: { version?: unknown; episodes?: unknown; turns?: unknown } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (version !== 1 || !Array.isArray(episodes) || !episodes.every(isStoredEpisode) || !Array.isArray(turns)) throw new Error("it is not what version 1 of this memory writes");
    return { episodes: new Map(episodes.map((episode) => [episode.id, episode])), turns: new Set(turns.map(String)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OmniError("memory.failed", `${path} cannot be read as a memory (${why}). It was left as it is: mend it, or move it away to start with an empty memory.`, { cause: error });
  }
}

function isStoredEpisode(value: unknown): value is StoredEpisode {
  if (typeof value !== "object" || value === null) return false;
  const record: Readonly<Record<string, unknown>> = { ...value };
  const texts = [record.id, record.kind, record.text, record.intent, record.experience, record.outcome];
  const numbers = [record.q, record.uses, record.successes, record.failures, record.at, record.createdAt, record.lastUsedAt];
  const hasParts = [record.source, record.scope].every((part) => typeof part === "object" && part !== null);
  return hasParts && texts.every((text) => typeof text === "string") && numbers.every((number) => Number.isFinite(number));
}
