import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFakeOpenAI } from "@omni/testkit/fakes";
import { describe, expect, it, onTestFinished } from "vitest";
import { askSocket } from "./support/ask-socket.ts";
import { temporaryFolder } from "./support/open-gateway.ts";

const program = fileURLToPath(new URL("../src/main.ts", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** The first line of stdout. */
  readonly line: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly errors: string }>;
}

function start(home: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, ["--conditions=@omni/source", program, "--home", home, "--port", "0", ...flags], {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, OPENAI_BASE_URL: "http://127.0.0.1:9/v1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [out, errors] = ["", ""];
  const line = Promise.withResolvers<string>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.includes("\n")) line.resolve(out.slice(0, out.indexOf("\n")));
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = new Promise<Awaited<Started["ended"]>>((resolve) => {
    child.on("close", (code) => {
      line.resolve(out);
      resolve({ code, out, errors });
    });
  });
  return { child, line: line.promise, ended };
}

describe("omni-gateway", () => {
  it("says where it listens, and ends with 0 on SIGTERM, leaving no file that names it", async () => {
    const home = temporaryFolder();
    const { child, line, ended } = start(home, ["--json"]);
    const said = JSON.parse(await line) as { url: string };
    expect(said).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: child.pid, home });
    expect((await fetch(`${said.url}/readyz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, errors: "" });
    expect(["gateway.json", "omni.sock"].filter((name) => existsSync(join(home, "state", name)))).toEqual([]);
  });

  it("ends with 4 where another one holds the home, and names its pid", async () => {
    const home = temporaryFolder();
    const first = start(home, ["--json"]);
    await first.line;
    const second = await start(home, ["--json"]).ended;
    expect([second.code, JSON.parse(second.out)]).toEqual([4, { error: { code: "home.held", message: expect.stringContaining(String(first.child.pid)) } }]);
  });

  it.each([
    ["an unknown flag", ["--prot", "1"], "prot"],
    ["a port that is none", ["--port", "seven"], "seven"],
    ["a host beyond this machine without a proxy", ["--host", "0.0.0.0"], "--public-host"],
  ])("ends with 2 and says why: %s", async (_what, flags, word) => {
    expect(await start(temporaryFolder(), flags).ended).toMatchObject({ code: 2, out: "", errors: expect.stringContaining(word) });
  });

  it("ends with 2 where the port is taken", async () => {
    const { line } = start(temporaryFolder(), ["--json"]);
    const { port } = new URL((JSON.parse(await line) as { url: string }).url);
    const second = await start(temporaryFolder(), ["--port", port, "--json"]).ended;
    expect([second.code, JSON.parse(second.out)]).toEqual([2, { error: { code: "gateway.bind", message: expect.stringContaining(port) } }]);
  });

  it("ends with 2 for a broken configuration and names the place", async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, "omni.json"), '{ "gateway": { "port": "x" } }');
    expect(await start(home, []).ended).toMatchObject({ code: 2, errors: expect.stringContaining("omni.json:1:") });
  });

  it("brings a message to its end that it had accepted before it was killed", async () => {
    const server = await createFakeOpenAI({ script: (_body, index) => (index === 0 ? { stall: "before" } : { text: "after all" }) });
    onTestFinished(() => server.close());
    const home = temporaryFolder();
    const env = { OPENAI_BASE_URL: server.url };
    const first = start(home, ["--json"], env);
    await first.line;
    const socket = join(home, "state", "omni.sock");
    const headers = { "idempotency-key": "k" };
    const accepted = await askSocket(socket, "POST", "/message?wait=false", { body: { message: "hi" }, headers });
    expect(accepted.status).toBe(202);
    await server.requested(1);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start(home, ["--json"], env);
    await second.line;
    const { turn_id } = JSON.parse(accepted.body) as { turn_id: string };
    const stream = await askSocket(socket, "GET", `/turns/${turn_id}`, { headers: { accept: "text/event-stream" } });
    expect(stream.body).toContain('event: text-reset\nid: 2.1\ndata: {"reason":"recovered"}');
    expect(stream.body).toContain("event: turn-end");
    const replayed = await askSocket(socket, "POST", "/message", { body: { message: "hi" }, headers });
    expect([replayed.status, JSON.parse(replayed.body)]).toEqual([200, expect.objectContaining({ turn_id, status: "completed", output: "after all" })]);
    expect(server.chats).toHaveLength(2);
  });
});
