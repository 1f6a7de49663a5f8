import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { createHost } from "@omni/runtime";
import { createSqliteStore, sqliteStoreOptions } from "@omni/store-sqlite";
import type { Row } from "../report.ts";
import { median, quantile } from "../measure.ts";
import { toRow } from "../report.ts";

const program = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));
const tool = fileURLToPath(new URL("./page-tool.ts", import.meta.url));
const rounds = 4;
const callsPerRound = 5;
const contextTokens = 32_000;

/** A model over HTTP that calls twenty tools in a turn and then says so, and how long it had each turn to itself. */
interface SlowlessModel {
  readonly url: string;
  /** Milliseconds since the last asking that requests spent here. */
  takeSpent(): number;
  close(): void;
}

/** A session of ten thousand tool calls with results of 20 KB through the running gateway: what a turn costs besides model and tools, at its beginning and at its end. */
export async function measureLongSession(turns: number): Promise<readonly Row[]> {
  const root = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const home = join(root, "home");
  await mkdir(home, { mode: 0o700 });
  await mkdir(join(root, "work"));
  const config = { workspace: join(root, "work"), policy: { use: "workspace", with: { autonomy: "full" } }, agent: { contextTokens }, tools: { shell: false, web: false, page: { use: tool } } };
  await writeFile(join(home, "omni.json"), JSON.stringify(config));
  const model = await createModel();
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, OMNI_HOME: home, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "none" };
  const token = JSON.parse(await runToEnd(["tokens", "add", "bench", "--scopes", "read,chat", "--json"], env)) as { readonly token: string };
  const gateway = spawn(process.execPath, ["--conditions=@omni/source", program, "gateway", "--port", "0", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [first] = (await once(gateway.stdout.setEncoding("utf8"), "data")) as [string];
    const { url, pid } = JSON.parse(first) as { readonly url: string; readonly pid: number };
    const overheads: number[] = [];
    let early = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      model.takeSpent();
      const start = performance.now();
      const response = await fetch(`${url}/message`, { method: "POST", headers: { authorization: `Bearer ${token.token}`, "content-type": "application/json" }, body: JSON.stringify({ message: `look at pages, number ${turn}` }) });
      const answer = (await response.json()) as { readonly status: string };
      if (answer.status !== "completed") throw new Error(`turn ${turn} ended as ${JSON.stringify(answer)}`);
      overheads.push(performance.now() - start - model.takeSpent());
      if (turn === Math.floor(turns / 10)) early = await residentOf(pid);
    }
    const late = await residentOf(pid);
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
    const over = await countOverBudget(home);
    const tenth = Math.max(1, Math.floor(turns / 10));
    // The first turns load and compile what all later ones use.
    const head = overheads.slice(Math.min(5, tenth), tenth + 5);
    return [
      toRow(`requests over budget in ${(turns * rounds * callsPerRound).toLocaleString("en")} calls of one session`, { value: over.over, bound: 0, unit: "requests", detail: `of ${over.requests}` }),
      toRow("a turn of twenty calls less its model, p95", { value: quantile(overheads, 0.95), bound: 20, unit: "ms", detail: `p50 ${median(overheads).toFixed(1)} ms` }),
      toRow("its last tenth ÷ its first", { value: median(overheads.slice(-tenth)) / median(head), bound: 1.2, unit: "×" }),
      toRow("resident memory from its first tenth to its end", { value: late - early, bound: 64, unit: "MB", detail: `${late.toFixed(0)} MB at the end` }),
    ];
  } finally {
    gateway.kill("SIGKILL");
    model.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function createModel(): Promise<SlowlessModel> {
  let spent = 0;
  // Rounds that are done, by the number in the person's words: what is shown of a turn may have been cut.
  const done = new Map<string, number>();
  const server = createServer((request, response) => {
    const start = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.on("close", () => (spent += performance.now() - start));
      if (request.url?.endsWith("/models") === true) {
        response.end(JSON.stringify({ data: [{ id: "bench" }] }));
        return;
      }
      const body = Buffer.concat(chunks).toString();
      const number = [...body.matchAll(/look at pages, number (\d+)/g)].at(-1)?.[1] ?? "";
      const round = done.get(number) ?? 0;
      done.set(number, round + 1);
      const isCalling = number !== "" && round < rounds;
      response.setHeader("content-type", "text/event-stream");
      const delta = isCalling ? { tool_calls: Array.from({ length: callsPerRound }, (_, index) => ({ index, id: `c${round}-${index}`, type: "function", function: { name: "page__show", arguments: JSON.stringify({ number: round * callsPerRound + index }) } })) } : { content: "looked" };
      const chunk = { id: "r", object: "chat.completion.chunk", created: 1, model: "bench", choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] };
      const end = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: isCalling ? "tool_calls" : "stop" }], usage: { prompt_tokens: Math.round(body.length / 4), completion_tokens: 5, total_tokens: 5 } };
      response.end(`data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    takeSpent() {
      const before = spent;
      spent = 0;
      return before;
    },
    close() {
      server.closeAllConnections();
      server.close();
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
