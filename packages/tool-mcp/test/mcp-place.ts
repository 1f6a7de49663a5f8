import type { Clock, JsonObject, SpawnedProcess, ToolContext, ToolResult } from "@omni/core";
import type { FakeHost, RecordingLog } from "@omni/testkit/fakes";
import { createFakeHost, createRecordingLog } from "@omni/testkit/fakes";
import { createToolContext } from "@omni/testkit";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { McpToolset } from "../src/index.ts";
import { createMcpTool, mcpToolOptions } from "../src/index.ts";
import { createTestSpawn } from "./process-spawn.ts";

/** Real time, as real processes need it. `factor` makes it run faster: a minute of ours is then less of the machine's. */
export function createRealClock(factor = 1): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * factor,
    sleep: (milliseconds, signal) => wait(milliseconds / factor, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }),
    after(milliseconds, body) {
      const timer = setTimeout(body, milliseconds / factor);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** A server with its tools, in a folder of its own. */
export interface McpPlace {
  readonly toolset: McpToolset;
  readonly log: RecordingLog;
  readonly folder: string;
  readonly started: readonly SpawnedProcess[];
  call(tool: string, input?: JsonObject, overrides?: Partial<ToolContext>): Promise<ToolResult>;
  /** Text of a result; of an error result with `ERROR ` before it. */
  text(tool: string, input?: JsonObject): Promise<string>;
  names(): readonly string[];
  /** Resolves once `holds`; fails with the state after ten seconds. */
  until(holds: () => boolean): Promise<void>;
  /** What the odd server wrote down. */
  ledger(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

export const oddServer: string = join(import.meta.dirname, "fixtures", "odd-server.mjs");

/** Starts a server; without a command it is the odd one, and `env` says how it is odd. */
export async function createMcpPlace(definition: JsonObject = {}, clock: Clock = createRealClock()): Promise<McpPlace> {
  const folder = await mkdtemp(join(tmpdir(), "omni-mcp-"));
  const log = createRecordingLog();
  const spawn = createTestSpawn();
  const base = createFakeHost();
  const host: Omit<FakeHost, "clock"> & { readonly clock: Clock } = { ...base, clock, log, spawn, paths: { home: folder, state: folder, workspace: folder } };
  const { env, ...rest } = definition;
  const ledgerPath = join(folder, "ledger");
  const odd = "url" in rest || "command" in rest ? {} : { command: process.execPath, args: [oddServer] };
  const variables = typeof env === "object" ? env : {};
  const toolset = createMcpTool(mcpToolOptions.parse({ name: "odd", ...odd, ...rest, ...("url" in rest ? {} : { env: { LEDGER: ledgerPath, ...variables } }) }), host);
  void toolset.ready?.();
  const call: McpPlace["call"] = (tool, input = {}, overrides = {}) => {
    const found = toolset.tools().find((each) => each.name === `${toolset.owner}.${tool}`);
    if (found === undefined) throw new Error(`there is no ${tool}`);
    return found.execute(input, createToolContext(overrides));
  };
  return {
    toolset,
    log,
    folder,
    started: spawn.started,
    call,
    async text(tool, input) {
      const result = await call(tool, input);
      const words = result.content.map((block) => (block.type === "text" ? block.text : `<${block.type}>`)).join("\n");
      return result.isError === true ? `ERROR ${words}` : words;
    },
    names: () => toolset.tools().map((tool) => tool.name),
    async until(holds) {
      const end = performance.now() + 10_000;
      while (!holds()) {
        if (performance.now() > end) throw new Error(`it did not come to that: ${JSON.stringify(toolset.status(), null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    ledger: async () => (await readFile(ledgerPath, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    async dispose() {
      await toolset.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
