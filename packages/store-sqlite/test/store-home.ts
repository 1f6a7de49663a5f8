import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DurableEvent, NewTurn, Store, TurnEndEvent } from "@omni/core";
import type { FakeHost } from "@omni/testkit/fakes";
import { createCountingRandom, createFakeHost } from "@omni/testkit/fakes";
import type { StoreEdges } from "../src/create-sqlite-store.ts";
import { loadBetterSqlite3 } from "../src/better-sqlite3-driver.ts";
import { migrations } from "../src/migrations.ts";
import { openSqliteStore } from "../src/create-sqlite-store.ts";
import { startCheckpointWorker } from "../src/start-checkpoint-worker.ts";

/** Bytes of a log that was emptied, with nothing behind it but the note that it was: a page or two. */
export const longestNote: number = 2 * 4_200;

/** A folder for one test, and stores that are open on it. */
export interface StoreHome {
  readonly state: string;
  readonly database: string;
  readonly host: FakeHost;
  open(edges?: Partial<StoreEdges>, busyTimeoutMs?: number): Promise<Store>;
  dispose(): Promise<void>;
}

/** Makes a folder below the system's temporary one. */
export function makeStoreHome(): StoreHome {
  const state = mkdtempSync(join(tmpdir(), "omni-store-"));
  const paths = { home: state, state, workspace: state };
  const host = createFakeHost({ paths, random: createCountingRandom() });
  const stores: Store[] = [];
  return {
    state,
    database: join(state, "omni.db"),
    host,
    async open(edges = {}, busyTimeoutMs = 2_000) {
      const store = openSqliteStore({ busyTimeoutMs }, host, { driver: await loadBetterSqlite3(), migrations, startCheckpointWorker, startScrubWorker: startCheckpointWorker, ...edges });
      stores.push(store);
      return store;
    },
    async dispose() {
      for (const store of stores) await store.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** A message of session `test:one`. */
export function newTurn(turnId: string, sessionId = "test:one", text = "hello"): NewTurn {
  const principal = { id: "owner", scopes: ["chat" as const] };
  const input = { turnId, sessionId, text, principal, autonomy: "full" as const, workspace: "/", origin: "test", interactive: false, at: 1 };
  return { input, channel: "test", platformId: turnId, queueLimit: 1_000 };
}

/** A step that carries a text. */
export function step(value: string): DurableEvent {
  return { type: "step", callId: "c", name: "n", value };
}

/** The end of a turn. */
export function turnEnd(turnId: string, sessionId = "test:one", output = "done"): TurnEndEvent {
  const usage = { inputTokens: 1, outputTokens: 1 };
  return { type: "turn-end", status: "completed", sessionId, turnId, output, rounds: 1, toolCalls: [], usage, error: null, tokens: 5, at: 2 };
}

/** Accepts and claims a turn; returns its fence. */
export async function begin(store: Store, instanceId: string, turnId: string, sessionId = "test:one"): Promise<number> {
  await store.accept(newTurn(turnId, sessionId));
  const claim = await store.claim(turnId, instanceId);
  if (claim.result !== "claimed") throw new Error(`the turn is ${claim.result}`);
  return claim.fence;
}
