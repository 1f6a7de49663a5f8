import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { ModelEvent, ModelRequest, OmniModule, Provider, Tool, Toolset } from "@omni/core";
import type { ImplementationTable, Runtime } from "@omni/runtime";
import { createHost, createRegistry, createRuntime, loadConfig } from "@omni/runtime";
import { defaults, table } from "@omni/preset-default";
import type { Row } from "./report.ts";
import { quantile } from "./measure.ts";
import { toRow } from "./report.ts";

const turns = 300;
const sessions = 3;
const rounds = 10;
const usage = { inputTokens: 1, outputTokens: 1, reported: true };

/** What everything but the model costs in a turn, store included, and what a tool round adds over the tool alone. */
export async function measureLoop(): Promise<readonly Row[]> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const runtime = await openRuntime(home);
  try {
    await timeTurns(runtime, 30, "say");
    const plain = await timeTurns(runtime, turns, "say");
    const withTools = await timeTurns(runtime, 60, "call");
    const round = withTools.map((each) => (each - quantile(plain, 0.5)) / rounds);
    return [
      toRow("a one-round turn less its model, store included, p50", { value: quantile(plain, 0.5), bound: 3, unit: "ms", detail: `${turns} turns in ${sessions} sessions` }),
      toRow("the same, p95", { value: quantile(plain, 0.95), bound: 10, unit: "ms" }),
      toRow("a tool round over the bare tool, p50", { value: quantile(round, 0.5), bound: 2, unit: "ms", detail: `${rounds} rounds a turn` }),
    ];
  } finally {
    await runtime.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function timeTurns(runtime: Runtime, count: number, text: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    const turn = await runtime.submit({ sessionId: `bench:${index % sessions}`, text, origin: "bench", interactive: false, principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] } });
    const { status } = await turn.outcome;
    times.push(performance.now() - start);
    if (status !== "completed") throw new Error(`a turn ended as ${status}`);
  }
  return times;
}

/** A provider that answers at once: words, or ten rounds of one call each when asked to `call`. */
function createInstantProvider(): Provider {
  async function* stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const said = request.messages.findLastIndex((message) => message.role === "user");
    const asked = JSON.stringify(request.messages[said]);
    const done = request.messages.slice(said).filter((message) => message.role === "tool").length;
    if (asked.includes('"call"') && done < rounds) {
      yield { type: "tool-call", call: { id: `c${done}`, name: "bench.nothing", arguments: `{"n":${done}}` } };
      yield { type: "finish", reason: "tool-calls", usage };
      return;
    }
    yield { type: "text-delta", text: "done" };
    yield { type: "finish", reason: "stop", usage };
  }
  return { stream, models: async () => [], defaultModel: async () => ({ id: "instant", contextTokens: 32_000 }), close: async () => undefined };
}

function createNothingTool(): Toolset {
  const tool: Tool = { name: "bench.nothing", description: "Does nothing.", inputSchema: { type: "object" }, annotations: { readOnlyHint: true }, execute: async () => ({ content: [{ type: "text", text: "nothing" }] }) };
  return { owner: "bench", trusted: true, tools: () => [tool], onChange: () => () => undefined, close: async () => undefined };
}

async function openRuntime(home: string): Promise<Runtime> {
  await mkdir(join(home, "workspace"));
  await mkdir(join(home, "state"), { mode: 0o700 });
  const overrides = { provider: { use: "instant" }, tools: { files: {}, nothing: {} } };
  const config = await loadConfig({ env: {}, cwd: home, userHome: home, home, overrides, defaults: defaults({}) });
  const options = { jsonSchema: { type: "object" }, parse: (value: unknown) => value };
  const provider: OmniModule<"provider"> = { slot: "provider", name: "instant", contract: 1, options, create: createInstantProvider };
  const tool: OmniModule<"tool"> = { slot: "tool", name: "nothing", contract: 1, options, create: createNothingTool };
  const withBench: ImplementationTable = { ...table, provider: { instant: async () => ({ omni: provider }) }, tool: { ...table.tool, nothing: async () => ({ omni: tool }) } };
  return createRuntime({ config, registry: createRegistry(withBench), host: createHost({ paths: config.paths }), process: { kind: "bench", pid: process.pid } });
}
