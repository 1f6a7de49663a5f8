import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { SpawnedProcess, SpawnExit } from "@omni/core";
import { createManualClock } from "@omni/testkit/fakes";
import { expect, it } from "vitest";
import { createDiagnosis } from "../src/diagnosis.ts";
import { createStdioTransport } from "../src/stdio-transport.ts";

interface FakeProcess extends SpawnedProcess {
  /** How many lines were read of it, and how many bytes wait to be taken by it. */
  readonly read: () => number;
  readonly waiting: () => number;
  /** Takes what waits, and all that comes after it. */
  take(): void;
}

/** A process that writes `lines` as they are wanted and takes nothing before it is told to. */
function createProcess(lines: Iterable<string>): FakeProcess {
  const held: (() => void)[] = [];
  const exit = Promise.withResolvers<SpawnExit>();
  let read = 0;
  let waiting = 0;
  let isTaking = false;
  async function* write(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const line of lines) {
      read += 1;
      yield Buffer.from(`${line}\n`);
    }
    await exit.promise;
  }
  async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* [];
  }
  return {
    ...{ pid: 1, stdout: write(), stderr: nothing(), exit: exit.promise, read: () => read, waiting: () => waiting },
    write(chunk) {
      if (chunk === undefined) exit.resolve({ code: 0, signal: null });
      if (chunk === undefined || isTaking) return Promise.resolve();
      waiting += chunk.length;
      return new Promise((resolve) => void held.push(resolve));
    },
    async end() {
      exit.resolve({ code: 0, signal: null });
    },
    take() {
      isTaking = true;
      waiting = 0;
      for (const resolve of held) resolve();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

it.each([
  ["in lines", (id: number) => [JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })], 12_000],
  ["in lists", (id: number) => [JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ jsonrpc: "2.0", id: id * 100 + index, method: "ping" })))], 120],
  ["with long ids", (id: number) => [JSON.stringify({ jsonrpc: "2.0", id: `${id}${"x".repeat(10_000)}`, method: "ping" })], 200],
])("a server that asks %s and takes no answer is not read any further until it does", async (_title, toLines, count) => {
  const child = createProcess(Array.from({ length: count }, (_, id) => toLines(id)).flat());
  const transport = createStdioTransport({ clock: createManualClock(), diagnosis: createDiagnosis((text) => text), start: async () => child });
  const client = new Client({ name: "test", version: "1" });
  const connecting = client.connect(transport).catch(() => undefined);
  await settle();
  expect(child.waiting()).toBeGreaterThan(262_144);
  expect(child.waiting()).toBeLessThan(400_000);
  expect(child.read()).toBeLessThan(count);
  child.take();
  await settle();
  expect(child.read()).toBe(count);
  await client.close();
  await connecting;
});
