import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Embedder, Memory } from "@omni/core";
import type { FakeHost } from "@omni/testkit/fakes";
import { createFakeHost } from "@omni/testkit/fakes";
import { createSqliteMemory, sqliteMemoryOptions } from "../src/index.ts";

/** A home in a temporary folder, and memories of it. */
export interface MemoryHome {
  readonly host: FakeHost;
  readonly path: string;
  open(options?: Readonly<Record<string, unknown>>, embedder?: Embedder): Memory;
  /** A memory whose state folder this is. */
  openCopy(folder: string): Promise<Memory>;
  /** Lets time pass. */
  pass(milliseconds: number): Promise<void>;
  /** Closes what was opened and removes the folder. */
  dispose(): Promise<void>;
}

/** Makes a home. */
export function createMemoryHome(parts: { readonly embedder?: Embedder } = {}): MemoryHome {
  const state = mkdtempSync(join(tmpdir(), "omni-memory-"));
  const host = createFakeHost({ paths: { home: state, state, workspace: state } });
  const opened: Memory[] = [];
  return {
    host,
    path: join(state, "memory.db"),
    pass: (milliseconds) => host.clock.advance(milliseconds),
    open(options = {}, embedder = parts.embedder) {
      const memory = createSqliteMemory(sqliteMemoryOptions.parse(options), embedder === undefined ? host : { ...host, embedder });
      opened.push(memory);
      return memory;
    },
    openCopy: async (folder) => createSqliteMemory(sqliteMemoryOptions.parse({}), createFakeHost({ paths: { home: folder, state: folder, workspace: folder } })),
    async dispose() {
      for (const memory of opened) await memory.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
