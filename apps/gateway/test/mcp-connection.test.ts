import type { Tool } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { McpSettings } from "../src/mcp/mcp-place.ts";
import { connectInProcess } from "./support/connect-in-process.ts";
import { toSeen } from "./support/open-mcp-client.ts";
import { openRuntime, toolSaying, until } from "./support/open-gateway.ts";
import { serveMcp } from "../src/mcp/serve-mcp.ts";

const nobody: McpSettings = { asks: "nobody" };

describe("a connection without HTTP", () => {
  it("calls under its entrance, in its workspace and as far as it may go", async () => {
    const workspace = process.cwd();
    const { client, runtime } = await connectInProcess({ tools: [toolSaying("test.say", "hi")] }, undefined, { asks: "nobody", workspace, autonomy: "readonly" });
    const result = await client.callTool({ name: "test.say" });
    expect(toSeen(result)).toEqual(["hi", false, "completed"]);
    const turn = await runtime.turn(String(result._meta?.["omni/turn"]));
    expect(turn?.input).toMatchObject({ origin: "cli", sessionId: expect.stringMatching(/^cli:mcp-/), workspace, autonomy: "readonly", interactive: false });
  });

  it("refuses what needs an approval at once where there is no form, since nobody else can be asked", async () => {
    const { client } = await connectInProcess({ tools: [toolSaying("test.say", "hi")], verdict: "ask" });
    expect(toSeen(await client.callTool({ name: "test.say" }))).toEqual(["Error (ask.unanswered): test.say was not run: it needs an approval and nobody can be asked here.", true, "needs-approval"]);
    const { client: asking } = await connectInProcess({});
    expect(toSeen(await asking.callTool({ name: "person.ask", arguments: { question: "Why?" } }))).toEqual(["Error (ask.unanswered): Nobody answered the question of person.ask; go on without it or end.", true, "failed"]);
  });

  it("asks by a form where there is one, and refuses when it brings no decision", async () => {
    const answers = [{ action: "accept", content: { decision: "allow" } }, { action: "accept", content: {} }] as const;
    let count = 0;
    const { client } = await connectInProcess({ tools: [toolSaying("test.say", "hi")], verdict: "ask" }, () => answers[count++] ?? { action: "cancel" });
    expect(toSeen(await client.callTool({ name: "test.say" }))[2]).toBe("completed");
    expect(toSeen(await client.callTool({ name: "test.say" })).slice(1)).toEqual([true, "needs-approval"]);
  });

  it("stops what runs when it is closed, and takes no message that is none", async () => {
    let isStopped = false;
    let isStarted = false;
    const tool: Tool = {
      ...toolSaying("test.hold", ""),
      async execute(_input, { signal }) {
        isStarted = true;
        await new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => ((isStopped = true), reject(signal.reason as Error))));
        return { content: [] };
      },
    };
    const { client, connection } = await connectInProcess({ tools: [tool] });
    expect([connection.receive({}), connection.receive({ jsonrpc: "1.0", method: "ping", id: 1 })]).toEqual([false, false]);
    void client.callTool({ name: "test.hold" }).catch(() => undefined);
    await until(() => isStarted);
    await connection.close();
    await until(() => isStopped);
  });

  it("runs at most 64 calls at once", async () => {
    const gate = Promise.withResolvers<void>();
    const tool: Tool = { ...toolSaying("test.hold", ""), execute: async () => (await gate.promise, { content: [{ type: "text", text: "held" }] }) };
    const { client } = await connectInProcess({ tools: [tool] });
    const calls = Array.from({ length: 65 }, () => client.callTool({ name: "test.hold" }).then((result) => toSeen(result)[0], (error: unknown) => String(error)));
    expect(await Promise.race(calls)).toContain("64 calls of this client are running");
    gate.resolve();
    expect((await Promise.all(calls)).filter((told) => told === "held").length).toBe(64);
  });

  it("does not pass on what an untrusted server says of its tools' effects", async () => {
    const { client } = await connectInProcess({ tools: [{ ...toolSaying("test.say", "hi"), annotations: { title: "Say", readOnlyHint: true } }], isTrusted: false });
    expect((await client.listTools()).tools.find(({ name }) => name === "test.say")?.annotations).toEqual({ title: "Say" });
  });

  it("leaves out a tool that clients could not read, and no other", async () => {
    const { client } = await connectInProcess({ tools: [toolSaying("test.say", "hi"), { ...toolSaying("test.odd", "x"), inputSchema: { type: "object", required: "all" } }, toolSaying("test.odd name", "x")] });
    expect((await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith("test."))).toEqual(["test.say"]);
  });
});

describe("MCP on a port of its own", () => {
  it("has the gateway's gate and nothing else of it", async () => {
    const { runtime, config, host } = await openRuntime();
    const served = await serveMcp({ runtime, config, clock: host.clock, port: 0, settings: nobody });
    const { token } = await runtime.tokens.add("client", ["read", "chat"]);
    const ask = (path: string, authorization?: string): Promise<number> => fetch(new URL(path, served.url), authorization === undefined ? {} : { headers: { authorization } }).then(({ status }) => status);
    expect([await ask("/mcp"), await ask("/mcp", "Bearer omni_x"), await ask("/mcp", `Bearer ${token}`)]).toEqual([401, 401, 400]);
    expect([await ask("/readyz"), await ask("/asks", `Bearer ${token}`), await ask("/openapi.json", `Bearer ${token}`)]).toEqual([200, 404, 404]);
    await served.close();
    await expect(ask("/healthz")).rejects.toThrow();
  });
});
