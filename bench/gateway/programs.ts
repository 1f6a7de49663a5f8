import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const main = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));
const toPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A server in a process of its own. */
export interface ServerProgram {
  readonly url: string;
  readonly pid: number;
  /** Sent with each request. */
  readonly token?: string;
  /** How long it took from the start to its first line, milliseconds. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** A folder of this run, with a model in it. */
export interface BenchPlace {
  readonly root: string;
  readonly model: ServerProgram;
  close(): Promise<void>;
}

/** Makes the folder and starts the model. */
export async function openPlace(): Promise<BenchPlace> {
  const root = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const model = await startProgram([process.execPath, "--conditions=@omni/source", toPath("./model-server.ts")], { toUrl: (line) => `http://127.0.0.1:${line}/v1` });
  return {
    root,
    model,
    async close() {
      await model.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Starts the floor over a database of its own. */
export async function startFloor({ root, model }: BenchPlace): Promise<ServerProgram> {
  const file = join(await mkdtemp(join(root, "floor-")), "floor.db");
  return startProgram([process.execPath, "--conditions=@omni/source", toPath("./floor-server.ts"), file, model.url], { toUrl: (line) => `http://127.0.0.1:${line}` });
}

/** What a gateway is started with. */
export interface GatewayChoice {
  readonly memory: boolean;
  /** Started in it, when it is there already. */
  readonly home?: string;
  /** False for words alone; the default where absent. */
  readonly embedder?: false;
  /** The model answers at once, in the gateway's own process. */
  readonly isInstant?: boolean;
}

/** Starts the built gateway over a home of its own. Tools are off, as the floor has none. */
export async function startGateway({ root, model }: BenchPlace, { memory, embedder, home = join(root, `home-${Math.random().toString(36).slice(2)}`), isInstant = false }: GatewayChoice): Promise<ServerProgram> {
  await mkdir(home, { mode: 0o700, recursive: true });
  const config = { workspace: root, provider: { use: isInstant ? toPath("./instant-provider.ts") : "openai" }, ...(memory ? {} : { memory: false }), ...(embedder === undefined ? {} : { embedder }), tools: { files: false, shell: false, web: false, memory: false }, agent: { contextTokens: 32_000 } };
  await writeFile(join(home, "omni.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, OMNI_HOME: home, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "none" };
  const { stdout } = await promisify(execFile)(process.execPath, [main, "tokens", "add", `bench-${Date.now()}`, "--scopes", "read,chat", "--json"], { env });
  const { token } = JSON.parse(stdout) as { readonly token: string };
  const program = await startProgram([process.execPath, "--conditions=@omni/source", main, "gateway", "--port", "0", "--json"], { env, toUrl: (line) => (JSON.parse(line) as { readonly url: string }).url });
  return { ...program, token };
}

/** Resident memory in MB, as the operating system counts it. */
export async function residentOf({ pid }: ServerProgram): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

/** How many files and sockets it has open. */
export async function openFilesOf({ pid }: ServerProgram): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOfFile(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  toUrl(line: string): string;
}

async function startProgram([program = "", ...args]: readonly string[], { env, toUrl }: StartOptions): Promise<Omit<ServerProgram, "token">> {
  const start = performance.now();
  const child = spawn(program, args, { env: env ?? { PATH: process.env["PATH"] ?? "" }, stdio: ["ignore", "pipe", "inherit"] });
  const line = await firstLine(child);
  return { url: toUrl(line), pid: child.pid ?? 0, startMs: performance.now() - start, stop: () => stopProgram(child) };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("close", (code) => reject(new Error(`a program of the benchmark ended with ${code} before it was ready`)));
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
  });
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await closed;
}
