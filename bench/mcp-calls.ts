import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { JsonObject } from "@omni/core";
import type { Row } from "./report.ts";
import { findTool, openBenchTools, toContext } from "./bench-tools.ts";
import { median } from "./measure.ts";
import { startToFirstLine } from "./start-up.ts";
import { toRow } from "./report.ts";

const calls = 400;
const servers = 20;
const slowMs = 300;
const require = createRequire(new URL("../packages/tool-mcp/package.json", import.meta.url));
const everything = fileURLToPath(new URL("../packages/tool-mcp/node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url));
const main = fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));

/** A call of a real server through our toolset against the SDK's own client, and what twenty servers cost a start. */
export async function measureMcpCalls(): Promise<readonly Row[]> {
  const stdio = await measureCalls({ command: process.execPath, args: [everything] }, (sdk) => new sdk.Stdio({ command: process.execPath, args: [everything], stderr: "ignore" }));
  const remote = await startRemote();
  const http = await measureCalls({ type: "http", url: remote.url }, (sdk) => new sdk.Http(new URL(remote.url))).finally(() => remote.child.kill("SIGKILL"));
  const ready = await measureReady();
  const listening = await measureListening();
  const detail = (times: CallTimes): string => `${times.ours.toFixed(2)} and ${times.theirs.toFixed(2)} ms, ${calls} calls each`;
  return [
    toRow("a call of server-everything over stdio ÷ the SDK's own client", { value: stdio.ours / stdio.theirs, bound: 1.3, unit: "×", detail: detail(stdio) }),
    toRow("the same over streamable HTTP", { value: http.ours / http.theirs, bound: 1.3, unit: "×", detail: detail(http) }),
    toRow(`${servers} servers that take ${slowMs} ms each: all ready ÷ one ready`, { value: ready.all / ready.one, bound: 2, unit: "×", detail: `${ready.all.toFixed(0)} and ${ready.one.toFixed(0)} ms` }),
    toRow(`\`omni gateway\` to listening with ${servers} servers, over none`, { value: listening, bound: 30, unit: "ms" }),
  ];
}

interface CallTimes {
  readonly ours: number;
  readonly theirs: number;
}

/** The SDK's client as this measurement uses it. */
interface BareClient {
  connect(transport: object): Promise<void>;
  callTool(call: { readonly name: string; readonly arguments: JsonObject }): Promise<unknown>;
  close(): Promise<void>;
}

interface Sdk {
  readonly Client: new (info: { readonly name: string; readonly version: string }) => BareClient;
  readonly Stdio: new (options: { readonly command: string; readonly args: readonly string[]; readonly stderr: "ignore" }) => object;
  readonly Http: new (url: URL) => object;
}

/** The SDK as the tool package has it: a copy of our own would be another version one day. */
async function loadSdk(): Promise<Sdk> {
  const load = async (path: string): Promise<Readonly<Record<string, unknown>>> => (await import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/client/${path}`)).href)) as Readonly<Record<string, unknown>>;
  const [client, stdio, http] = await Promise.all(["index.js", "stdio.js", "streamableHttp.js"].map(load));
  return { Client: client?.["Client"] as Sdk["Client"], Stdio: stdio?.["StdioClientTransport"] as Sdk["Stdio"], Http: http?.["StreamableHTTPClientTransport"] as Sdk["Http"] };
}

/** The middle time of a call each way, in milliseconds; the calls alternate. */
async function measureCalls(definition: JsonObject, toTransport: (sdk: Sdk) => object): Promise<CallTimes> {
  const sdk = await loadSdk();
  const client = new sdk.Client({ name: "bench", version: "1" });
  const tools = await openBenchTools();
  try {
    await client.connect(toTransport(sdk));
    const toolset = await tools.create("mcp", { name: "bench", ...definition });
    await toolset.ready?.();
    const echo = findTool(toolset, "bench.echo");
    const context = toContext(tools.workspace);
    const input = { message: "hello" };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let count = -20; count < calls; count += 1) {
      const begun = performance.now();
      await echo.execute(input, context);
      const between = performance.now();
      await client.callTool({ name: "echo", arguments: input });
      if (count < 0) continue;
      ours.push(between - begun);
      theirs.push(performance.now() - between);
    }
    return { ours: median(ours), theirs: median(theirs) };
  } finally {
    await client.close();
    await tools.close();
  }
}

async function startRemote(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn(process.execPath, [everything, "streamableHttp"], { env: { PORT: String(port) }, stdio: ["ignore", "ignore", "pipe"] });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Uint8Array) => (String(chunk).includes("listening") ? resolve() : undefined));
    child.once("close", () => reject(new Error("server-everything did not start")));
  });
  return { url: `http://127.0.0.1:${port}/mcp`, child };
}

/** A server of a few words that takes its time and next to no processor: the requests of a start are numbered 0 and 1. */
const slowServer: JsonObject = {
  command: "/bin/sh",
  args: [
    "-c",
    `read -r line; sleep ${slowMs / 1_000}
echo '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"slow","version":"1"}}}'
read -r line; read -r line
echo '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo","description":"Echoes.","inputSchema":{"type":"object"}}]}}'
cat > /dev/null`,
  ],
};

/** Time until one server has listed its tools, and until twenty have, in milliseconds; the middle of a few. */
async function measureReady(): Promise<{ readonly one: number; readonly all: number }> {
  const time = async (count: number): Promise<number> => {
    const tools = await openBenchTools();
    try {
      const begun = performance.now();
      const made = await Promise.all(Array.from({ length: count }, (_, index) => tools.create("mcp", { name: `slow${index}`, type: "stdio", ...slowServer })));
      await Promise.all(made.map((toolset) => toolset.ready?.()));
      for (const toolset of made) findTool(toolset, `${toolset.owner}.echo`);
      return performance.now() - begun;
    } finally {
      await tools.close();
    }
  };
  const ones: number[] = [];
  const alls: number[] = [];
  await time(1);
  for (let pair = 0; pair < 5; pair += 1) {
    ones.push(await time(1));
    alls.push(await time(servers));
  }
  return { one: median(ones), all: median(alls) };
}

/** How much later a gateway listens that has twenty servers, in milliseconds: the middle of the differences of pairs. */
async function measureListening(): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  try {
    const toCommand = async (name: string, count: number): Promise<{ readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> }> => {
      await mkdir(join(home, name), { mode: 0o700 });
      const mcpServers = Object.fromEntries(Array.from({ length: count }, (_, index) => [`slow${index}`, slowServer]));
      await writeFile(join(home, name, "mcp.json"), JSON.stringify({ mcpServers }));
      return { argv: [process.execPath, main, "gateway", "--port", "0", "--json"], env: { HOME: home, OMNI_HOME: join(home, name) } };
    };
    const without = await toCommand("without", 0);
    const withServers = await toCommand("with", servers);
    const differences: number[] = [];
    for (let pair = -1; pair < 9; pair += 1) {
      const bare = await startToFirstLine(without);
      const full = await startToFirstLine(withServers);
      if (pair >= 0) differences.push(full.elapsed - bare.elapsed);
    }
    return median(differences);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
