import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway, Place } from "./omni-process.ts";
import { createPlace, fixture, main, omni, startGateway, startOmni, toJson } from "./omni-process.ts";
import { openMcpClient, toSeen } from "../../../gateway/test/support/open-mcp-client.ts";
import { openStdioClient } from "../../../gateway/test/support/open-stdio-client.ts";

let place: Place;
let ledger: string;
let names: readonly string[];
beforeAll(async () => {
  place = await createPlace({ "a.txt": "alpha\n" });
  ledger = join(place.root, "ledger");
  await place.configure({ provider: { use: "offline" }, tools: { ledger: { use: fixture("ledger-tool.ts"), with: { file: ledger } } } });
  names = toJson<{ tools: { name: string }[] }>(await omni(place, ["tools", "list", "--json"])).tools.map(({ name }) => name);
});
afterAll(() => place.dispose());

const stdio = (): Parameters<typeof openStdioClient>[0] => ({ args: ["--conditions=@omni/source", main, "mcp"], env: place.env, cwd: place.workspace });

const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } } };

/** What every way to the tools has to show. */
async function expectTools(client: Awaited<ReturnType<typeof openStdioClient>>): Promise<void> {
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);
  expect(toSeen(await client.callTool({ name: "files.read", arguments: { path: "a.txt" } }))).toEqual(["alpha\n", false, "completed"]);
  expect(toSeen(await client.callTool({ name: "files.read", arguments: { path: 7 } })).slice(1)).toEqual([true, "failed"]);
  expect(toSeen(await client.callTool({ name: "files.read", arguments: { path: "/etc/passwd" } }))[1]).toBe(true);
}

describe("omni mcp", () => {
  it("offers the tools on stdio, asks the client's person by a form, and refuses what nobody approves", async () => {
    const client = await openStdioClient(stdio());
    await expectTools(client);
    const call = { name: "files.write", arguments: { path: "made.txt", content: "x" } };
    expect(toSeen(await client.callTool(call)).slice(1)).toEqual([true, "needs-approval"]);
    await expect(place.read("made.txt")).rejects.toThrow("ENOENT");
    const forms: string[] = [];
    const asking = await openStdioClient(stdio(), ({ message }) => (forms.push(message), { action: "accept", content: { decision: "allow" } }));
    expect(toSeen(await asking.callTool(call))[2]).toBe("completed");
    expect([await place.read("made.txt"), forms]).toEqual(["x", [expect.stringContaining('"path": "made.txt"')]]);
  });

  it("answers every line, says nothing else on stdout, and ends with 0 when its input does", async () => {
    const long = JSON.stringify({ method: "tools/call", params: { text: "x".repeat(1_100_000) }, jsonrpc: "2.0", id: 8 });
    const lines = ["{", "[]", JSON.stringify({ jsonrpc: "2.0", id: 9, method: "ping" }), "x".repeat(1_100_000), long, '{"jsonrpc":"1.0","id":7,"method":"ping"}', JSON.stringify(initialize), JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "files.read", arguments: { path: "a.txt" } } })];
    const { code, stdout } = await omni(place, ["mcp"], { input: lines.join("\n") });
    const told = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { id: unknown; error?: { code: number }; result?: unknown });
    expect([code, told.map(({ id, error }) => [id, error?.code])]).toEqual([0, [[null, -32_700], [null, -32_600], [9, undefined], [null, -32_600], [8, -32_600], [7, -32_600], [0, undefined], [1, undefined]]]);
  });

  it("ends with 130 at a signal, and what runs ends before it", async () => {
    const running = startOmni(place, ["mcp"]);
    for (const message of [initialize, { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "ledger.wait" } }]) running.child.stdin?.write(`${JSON.stringify(message)}\n`);
    await running.until((stdout) => stdout.includes("\n"));
    const written = async (): Promise<string> => readFile(ledger, "utf8").catch(() => "");
    await expect.poll(written, { timeout: 20_000 }).toContain("waiting");
    running.child.kill("SIGTERM");
    const { code } = await running.finished;
    const sessions = toJson<{ sessions: { sessionId: string }[] }>(await omni(place, ["sessions", "list", "--limit", "1", "--json"])).sessions;
    const shown = toJson<{ turns: { status: string }[] }>(await omni(place, ["sessions", "show", sessions[0]?.sessionId ?? "", "--json"]));
    expect([code, (await written()).split("\n"), shown.turns.map(({ status }) => status)]).toEqual([130, ["waiting", "stopped", ""], ["cancelled"]]);
  });

  it("is a call of the gateway where one runs, and goes on in its own process when that is killed", async () => {
    const gateway = await startGateway(place);
    const client = await openStdioClient(stdio());
    await expectTools(client);
    const { sessions } = (await (await gateway.fetch("/sessions?limit=1")).json()) as { sessions: { session_id: string }[] };
    expect(sessions[0]?.session_id).toMatch(/^http:mcp-/);
    const lost = expect(client.callTool({ name: "ledger.wait" })).rejects.toThrow("The gateway went away");
    await expect.poll(() => readFile(ledger, "utf8"), { timeout: 20_000 }).toMatch(/waiting[^]*waiting/);
    await gateway.kill();
    await lost;
    await expectTools(client);
  });

  it("serves the same over HTTP to tokens of the home, and ends with 0 at a signal", async () => {
    const running = startOmni(place, ["mcp", "--http", "0", "--json"]);
    let first = "";
    await running.until((stdout) => (first = stdout.split("\n")[0] ?? "") !== "" && stdout.includes("\n"));
    const { url } = JSON.parse(first) as { url: string };
    const { token } = toJson<{ token: string }>(await omni(place, ["tokens", "add", "client", "--scopes", "read,chat", "--json"]));
    const refused = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json, text/event-stream" }, body: JSON.stringify(initialize) });
    expect([url, refused.status]).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/), 401]);
    await expectTools((await openMcpClient({ url, token })).client);
    running.child.kill("SIGTERM");
    await once(running.child, "exit");
    expect((await running.finished).code).toBe(0);
  });
});

describe("/mcp of a gateway", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(place);
  });
  // What a killed gateway left waits here anew, and would be waited for.
  afterAll(() => gateway.kill());

  it("offers the tools of its home, and a call that needs an approval is an ask that its people answer", async () => {
    const { token } = toJson<{ token: string }>(await omni(place, ["tokens", "add", "remote", "--scopes", "read,chat", "--json"]));
    const { client } = await openMcpClient({ url: gateway.url, token });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);
    const call = client.callTool({ name: "ledger.add", arguments: { text: "approved" } });
    type Asks = { readonly asks: readonly { readonly ask_id: string; readonly tool: string }[] };
    const openAsks = async (): Promise<Asks["asks"]> => ((await (await gateway.fetch("/asks")).json()) as Asks).asks;
    await expect.poll(openAsks, { timeout: 20_000 }).toHaveLength(1);
    const asks = await openAsks();
    expect([asks[0]?.tool, (await readFile(ledger, "utf8")).includes("approved")]).toEqual(["ledger.add", false]);
    await gateway.post(`/asks/${asks[0]?.ask_id}`, { decision: "allow" });
    expect(toSeen(await call)).toEqual(["added", false, "completed"]);
  });
});
