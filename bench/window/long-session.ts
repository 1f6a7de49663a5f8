import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { createHost } from "@omni/runtime";
import { createSqliteStore, sqliteStoreOptions } from "@omni/store-sqlite";
import type { LookingModel } from "./looking-model.ts";
import type { Row } from "../report.ts";
import { callsPerRound, createLookingModel, rounds } from "./looking-model.ts";
import { median, quantile } from "../measure.ts";
import { toRow } from "../report.ts";

const program = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));
const tool = fileURLToPath(new URL("./page-tool.ts", import.meta.url));
const floorProgram = fileURLToPath(new URL("./floor-server.ts", import.meta.url));
const contextTokens = 32_000;
const warmUp = 10;
/** Turns of the floor have numbers of their own from here on. */
const floorNumbers = 1_000_000;

/** A server that takes turns. */
interface Server {
  readonly url: string;
  readonly pid: number;
  readonly token?: string;
  stop(): Promise<void>;
}

/**
 * A session of ten thousand tool calls with results of 20 KB through the
 * running gateway: what a turn costs besides model and tools, at its
 * beginning and at its end, and what it costs in the least program that does
 * it, turn by turn beside it.
 */
export async function measureLongSession(turns: number): Promise<readonly Row[]> {
  const root = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const home = join(root, "home");
  const model = await createLookingModel();
  const servers: Server[] = [];
  try {
    const gateway = await startGateway(root, home, model.url);
    servers.push(gateway);
    // The first turns load and compile what all later ones use, and say how much a request shows.
    const look = createLook(model);
    for (let turn = 0; turn < warmUp; turn += 1) await look(gateway, turn);
    const floor = await startServer([floorProgram, join(root, "floor.db"), model.url, String(model.takeLargest())], { PATH: process.env["PATH"] ?? "" });
    servers.push(floor);
    for (let turn = 0; turn < warmUp; turn += 1) await look(floor, floorNumbers + turn);
    const overheads: number[] = [];
    const least: number[] = [];
    let early = 0;
    for (let turn = warmUp; turn < turns; turn += 1) {
      overheads.push(await look(gateway, turn));
      least.push(await look(floor, floorNumbers + turn));
      if (turn === Math.max(warmUp, Math.floor(turns / 10))) early = await residentOf(gateway.pid);
    }
    const late = await residentOf(gateway.pid);
    await Promise.all(servers.map((server) => server.stop()));
    const over = await countOverBudget(home);
    const tenth = Math.max(1, Math.floor(turns / 10));
    return [
      toRow(`requests over budget in ${(turns * rounds * callsPerRound).toLocaleString("en")} calls of one session`, { value: over.over, bound: 0, unit: "requests", detail: `of ${over.requests}` }),
      toRow("a turn of twenty calls less its model, p95", { value: quantile(overheads, 0.95), bound: 20, unit: "ms", floor: quantile(least, 0.95), detail: `p50 ${median(overheads).toFixed(1)} ms; the least program's ${quantile(least, 0.95).toFixed(1)} and ${median(least).toFixed(1)} ms` }),
      toRow("its last tenth ÷ its first", { value: median(overheads.slice(-tenth)) / median(overheads.slice(0, tenth)), bound: 1.2, unit: "×" }),
      toRow("resident memory from its first tenth to its end", { value: late - early, bound: 64, unit: "MB", detail: `${late.toFixed(0)} MB at the end` }),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    model.close();
    await rm(root, { recursive: true, force: true });
  }
}

/** Has a server take a turn; resolves with what it took less the model, in milliseconds. */
function createLook(model: LookingModel): (server: Server, turn: number) => Promise<number> {
  return async ({ url, token = "" }, turn) => {
    model.takeSpent();
    const start = performance.now();
    const response = await fetch(`${url}/message`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ message: `look at pages, number ${turn}` }) });
    const answer = (await response.json()) as { readonly status: string };
    if (answer.status !== "completed") throw new Error(`turn ${turn} ended as ${JSON.stringify(answer)}`);
    return performance.now() - start - model.takeSpent();
  };
}

async function startGateway(root: string, home: string, modelUrl: string): Promise<Server> {
  await mkdir(home, { mode: 0o700 });
  await mkdir(join(root, "work"));
  const config = { workspace: join(root, "work"), policy: { use: "workspace", with: { autonomy: "full" } }, agent: { contextTokens }, tools: { shell: false, web: false, page: { use: tool } } };
  await writeFile(join(home, "omni.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, OMNI_HOME: home, OPENAI_BASE_URL: modelUrl, OPENAI_API_KEY: "none" };
  const { token } = JSON.parse(await runToEnd(["tokens", "add", "bench", "--scopes", "read,chat", "--json"], env)) as { readonly token: string };
  return { ...(await startServer([program, "gateway", "--port", "0", "--json"], env)), token };
}

/** Starts a program that says in its first line where it listens. */
async function startServer(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawn(process.execPath, ["--conditions=@omni/source", ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [first] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const { url } = JSON.parse(first) as { readonly url: string };
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function runToEnd(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=@omni/source", program, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  await once(child, "close");
  return output;
}

/** Resident memory in MB, as the operating system counts it. */
async function residentOf(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

/** Requests that the record says were larger than their budget. */
async function countOverBudget(home: string): Promise<{ readonly requests: number; readonly over: number }> {
  const host = createHost({ paths: { home, state: join(home, "state"), workspace: home } });
  const store = await createSqliteStore(sqliteStoreOptions.parse({}), host);
  let requests = 0;
  let over = 0;
  try {
    for (const { input } of await store.turns("http:default", { limit: 1_000_000 })) {
      for (const event of await store.events(input.turnId)) {
        if (event.type !== "model-call") continue;
        requests += 1;
        if (event.estimatedTokens > event.budgetTokens) over += 1;
      }
    }
  } finally {
    await store.close();
    await host.close();
  }
  return { requests, over };
}
