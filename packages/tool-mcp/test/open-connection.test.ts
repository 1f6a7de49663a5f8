import { afterEach, expect, it } from "vitest";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { createServer } from "node:net";
import type { Answer, HttpServer } from "./http-server.ts";
import type { McpPlace } from "./mcp-place.ts";
import { answer, createHttpServer } from "./http-server.ts";
import { createMcpPlace, createRealClock } from "./mcp-place.ts";

const disposals: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

const everything = fileURLToPath(new URL("dist/index.js", import.meta.resolve("@modelcontextprotocol/server-everything/package.json")));

/** Starts a program and waits for what `isUp` finds in its output. */
function startProgram(args: readonly string[], env: Record<string, string>, isUp: RegExp): Promise<string> {
  const child = spawn(process.execPath, args, { env: { ...env, PATH: process.env["PATH"] ?? "" }, stdio: ["ignore", "pipe", "pipe"] });
  disposals.push(() => void child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = isUp.exec(output);
      if (found !== null) resolve(found[1] ?? "");
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`it exited with ${code}: ${output}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function connect(definition: Record<string, string | number | Record<string, string>>, factor = 1): Promise<McpPlace> {
  const place = await createMcpPlace({ name: "web", ...definition }, createRealClock(factor));
  disposals.push(() => place.dispose());
  await place.until(() => place.toolset.status().state === "ready");
  return place;
}

async function serve(answers: Readonly<Record<string, Answer>>): Promise<HttpServer> {
  const server = await createHttpServer(answers);
  disposals.push(() => server.close());
  return server;
}

const echo: Answer = (response, id) => answer(response, id, { content: [{ type: "text", text: "echo" }] });

it("the reference server works over streamable HTTP: results, progress, documents", async () => {
  const port = await freePort();
  await startProgram([everything, "streamableHttp"], { PORT: String(port) }, /(listening on port)/);
  const place = await connect({ url: `http://127.0.0.1:${port}/mcp` });
  expect(place.toolset.status()).toMatchObject({ transport: "http", server: { name: "mcp-servers/everything" } });
  expect(await place.text("echo", { message: "hello" })).toBe("Echo: hello");
  const told: string[] = [];
  await place.call("trigger-long-running-operation", { duration: 0.1, steps: 2 }, { progress: async (text) => void told.push(text) });
  expect(told.at(-1)).toBe("2 of 2");
  expect((await place.call("get-tiny-image")).content.map((block) => block.type)).toContain("image");
  expect(await place.text("resource-list")).toContain("demo://resource/static/document/architecture.md");
});

it("a server that knows only the older SSE is spoken to in it, with its headers", async () => {
  const port = await startProgram([join(import.meta.dirname, "fixtures", "sse-server.mjs")], {}, /^(\d+)\n/);
  const place = await connect({ url: `http://127.0.0.1:${port}/sse`, headers: { "x-key": "right" } }, 10);
  expect(place.toolset.status().transport).toBe("sse");
  expect(await place.text("greet")).toBe("good day");
  await expect(place.call("hang-up")).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(await place.text("greet")).toBe("good day");
});

it("a server that refuses access is no server that knows only SSE, and the reason names the headers", async () => {
  const port = await startProgram([join(import.meta.dirname, "fixtures", "sse-server.mjs")], {}, /^(\d+)\n/);
  const place = await createMcpPlace({ name: "web", url: `http://127.0.0.1:${port}/sse` });
  disposals.push(() => place.dispose());
  await place.until(() => place.toolset.status().failures === 1);
  expect(place.toolset.status().diagnosis.errors.at(-1)).toMatch(/401.*headers/);
});

it("RL-62 an answer that breaks off leaves the call's fate unknown, and it is not sent again", async () => {
  const cut = (type: string): Answer => (response) => {
    response.writeHead(200, { "content-type": type });
    response.write(type === "application/json" ? '{"jsonrpc":' : 'event: message\ndata: {"json');
    setTimeout(() => response.destroy(), 20);
  };
  const silent: Answer = (response) => void response.writeHead(200, { "content-type": "text/event-stream" }).end(": nothing\n\n");
  const server = await serve({ echo, "cut-json": cut("application/json"), "cut-stream": cut("text/event-stream"), silent, down: (response) => void response.writeHead(502).end("bad gateway") });
  const place = await connect({ url: server.url }, 10);
  for (const name of ["cut-json", "cut-stream", "silent", "down"]) {
    await expect(place.call(name), name).rejects.toMatchObject({ code: "tool.unknown-fate" });
  }
  expect(await place.text("echo")).toBe("echo");
  expect(server.calls).toEqual(["cut-json", "cut-stream", "silent", "down", "echo"]);
});

it("RL-62 a session the server has forgotten is opened anew, and the call it refused is made in the new one", async () => {
  const server = await serve({ echo });
  const place = await connect({ url: server.url }, 10);
  server.forget();
  expect(await place.text("echo")).toBe("echo");
  expect(server.sessions()).toBe(2);
  expect(server.calls).toEqual(["echo"]);
});

it("RL-62 a redirect to another origin is not followed", async () => {
  const other = await serve({ echo });
  const server = await serve({ echo, away: (response) => void response.writeHead(307, { location: other.url }).end() });
  const place = await connect({ url: server.url }, 10);
  await expect(place.call("away")).rejects.toThrow();
  expect(other.calls).toEqual([]);
});

it("RL-62 a server that is gone fails the call as not made", async () => {
  const server = await serve({ echo });
  const place = await connect({ url: server.url }, 20);
  await server.close();
  await expect(place.call("echo")).rejects.toMatchObject({ code: "tool.failed", message: expect.stringContaining("not made") });
});

it("an answer of more than 16 MiB fails the call and is not held", async () => {
  const endless: Answer = (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const block = "x".repeat(1_048_576);
    const more = (): void => void (response.destroyed ? undefined : response.write(block, more));
    more();
  };
  const server = await serve({ echo, endless });
  const place = await connect({ url: server.url }, 10);
  await expect(place.call("endless")).rejects.toMatchObject({ code: "tool.unknown-fate" });
  expect(await place.text("echo")).toBe("echo");
});

it("an answer that goes on when its call is over is ended, and not asked for again", async () => {
  let isClosed = false;
  const endless: Answer = (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("id: 1\ndata: \n\ndata: {\n");
    response.once("close", () => (isClosed = true));
  };
  const server = await serve({ echo, endless });
  const place = await connect({ url: server.url, timeoutMs: 200 });
  await expect(place.call("endless")).rejects.toMatchObject({ code: "tool.unknown-fate" });
  await place.until(() => isClosed);
  expect(await place.text("echo")).toBe("echo");
  expect(place.toolset.status()).toMatchObject({ state: "ready", failures: 0, diagnosis: { errors: [] } });
});
