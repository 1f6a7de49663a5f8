import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Tool } from "@omni/core";
import { describe, expect, it } from "vitest";
import { openListening } from "./support/open-listening.ts";
import { openMcpClient, toSeen } from "./support/open-mcp-client.ts";
import { toolSaying, until } from "./support/open-gateway.ts";

const strict: Tool = {
  name: "test.strict",
  description: "takes one text",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"], additionalProperties: false },
  annotations: { title: "Strict", readOnlyHint: true, openWorldHint: false },
  execute: async ({ text }) => ({ content: [{ type: "text", text: `got ${String(text)}` }], structuredContent: { text: text ?? null } }),
};

/** A tool that runs until it is let go or stopped, and says which. */
function holding(): { readonly tool: Tool; readonly state: { started: boolean; stopped: boolean }; readonly letGo: () => void } {
  const gate = Promise.withResolvers<void>();
  const state = { started: false, stopped: false };
  const tool: Tool = {
    ...toolSaying("test.hold", ""),
    async execute(_input, { signal, progress }) {
      state.started = true;
      await progress("halfway");
      await new Promise<void>((resolve, reject) => {
        void gate.promise.then(resolve);
        signal.addEventListener("abort", () => {
          state.stopped = true;
          reject(signal.reason as Error);
        });
      });
      return { content: [{ type: "text", text: "held" }] };
    },
  };
  return { tool, state, letGo: gate.resolve };
}

describe("the tools over MCP", () => {
  it("are those of the registry: names, schemas and annotations as they are", async () => {
    const listening = await openListening({ tools: [strict] });
    const { client } = await openMcpClient(listening);
    expect(client.getServerVersion()).toMatchObject({ name: "omni" });
    expect(client.getServerCapabilities()).toEqual({ tools: { listChanged: true } });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(listening.runtime.tools.list().map(({ tool }) => tool.name));
    const { name, description, inputSchema, annotations } = strict;
    expect(tools.find((tool) => tool.name === name)).toEqual({ name, title: "Strict", description, inputSchema, annotations });
  });

  it("come in pages that hold all of five thousand once", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => toolSaying(`test.t${String(index).padStart(4, "0")}`, "x"));
    const { client } = await openMcpClient(await openListening({ tools: many }));
    const names: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined = undefined, isLast = false; !isLast; ) {
      const page: Awaited<ReturnType<typeof client.listTools>> = await client.listTools(cursor === undefined ? {} : { cursor });
      names.push(...page.tools.map(({ name }) => name));
      pages += 1;
      cursor = page.nextCursor;
      isLast = cursor === undefined;
    }
    expect(names.filter((name) => name.startsWith("test."))).toEqual(many.map(({ name }) => name));
    expect(pages).toBe(11);
    await expect(client.listTools({ cursor: "nonsense!" })).rejects.toMatchObject({ code: -32_602 });
  });

  it("are told of when they change", async () => {
    const tools: Tool[] = [strict];
    const changes = new Set<() => void>();
    const listening = await openListening({ tools, onToolsChange: (changed) => changes.add(changed) });
    const { client } = await openMcpClient(listening);
    const told = Promise.withResolvers<void>();
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => told.resolve());
    await client.ping();
    tools.push(toolSaying("test.new", "x"));
    for (const changed of changes) changed();
    await told.promise;
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("test.new");
  });
});

describe("a call over MCP", () => {
  it("is a turn without a model, recorded in a session of its own under whoever called", async () => {
    const { client, runtime } = await openCalling({ tools: [strict], model: () => { throw new Error("the model was asked"); } });
    const result = await client.callTool({ name: "test.strict", arguments: { text: "a" } });
    expect([...toSeen(result), result.structuredContent]).toEqual(["got a", false, "completed", { text: "a" }]);
    const turn = await runtime.turn(String(result._meta?.["omni/turn"]));
    expect(turn?.input).toMatchObject({ text: 'test.strict {"text":"a"}', origin: "http", sessionId: expect.stringMatching(/^http:mcp-/), principal: { id: expect.stringMatching(/^token:/) } });
    expect(turn?.outcome?.toolCalls).toEqual([{ name: "test.strict", status: "completed" }]);
  });

  it("with arguments that do not fit is a result that shows the schema", async () => {
    const { client } = await openCalling({ tools: [strict] });
    const [text, isError, status] = toSeen(await client.callTool({ name: "test.strict", arguments: { text: 7 } }));
    expect([isError, status]).toEqual([true, "failed"]);
    expect(text).toMatch(/^Error \(tool\.invalid-arguments\).*Schema: \{/);
  });

  it("of a tool that is not there is an error of the protocol that names the nearest", async () => {
    const { client, runtime } = await openCalling({ tools: [strict] });
    await expect(client.callTool({ name: "test.strikt", arguments: {} })).rejects.toMatchObject({ code: -32_602, message: expect.stringContaining("Did you mean test.strict?") });
    expect(await runtime.store.sessions({ limit: 10, offset: 0 })).toEqual([]);
  });

  it("that the policy refuses is a result that says so, and nothing runs", async () => {
    const { tool, state } = holding();
    const { client } = await openCalling({ tools: [tool], verdict: "deny" });
    const [text, isError, status] = toSeen(await client.callTool({ name: "test.hold" }));
    expect([text, isError, status, state.started]).toEqual(["Error (tool.denied): The policy refuses test.hold: the test says so", true, "denied", false]);
  });

  it("tells its progress to a client that asked for it", async () => {
    const { tool, letGo } = holding();
    const { client } = await openCalling({ tools: [tool] });
    const told: unknown[] = [];
    const result = client.callTool({ name: "test.hold" }, undefined, { onprogress: (progress) => (told.push(progress), letGo()) });
    expect([toSeen(await result)[0], told]).toEqual(["held", [{ progress: 1, message: "halfway" }]]);
  });

  it("that the client cancels is stopped, and its stream ends", async () => {
    const { tool, state } = holding();
    const { client, runtime, listener } = await openCalling({ tools: [tool] });
    const cancel = new AbortController();
    const result = client.callTool({ name: "test.hold" }, undefined, { signal: cancel.signal });
    await until(() => state.started);
    cancel.abort("enough");
    await expect(result).rejects.toThrow("enough");
    await until(() => state.stopped);
    const [session] = await runtime.store.sessions({ limit: 10, offset: 0 });
    const [turn] = await runtime.store.turns(session?.sessionId ?? "", { limit: 1 });
    expect((await runtime.follow(turn?.input.turnId ?? "")?.outcome)?.status).toBe("cancelled");
    // Were the stream still open, the end would wait for it in vain.
    await client.close();
    await listener.close(60_000);
  });

  it("begins its response before it has ended: a client knows from it that the call has come in", async () => {
    const { tool, state, letGo } = holding();
    const { transport, url, token } = await openCalling({ tools: [tool] });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-session-id": transport.sessionId ?? "" };
    const response = await fetch(new URL("/mcp", url), { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", id: "raw", method: "tools/call", params: { name: "test.hold" } }) });
    await until(() => state.started);
    expect([response.status, state.stopped]).toEqual([200, false]);
    letGo();
    expect(await response.text()).toContain("held");
  });

  it("runs beside others of the same client", async () => {
    const { tool, state, letGo } = holding();
    const { client } = await openCalling({ tools: [tool, strict] });
    const held = client.callTool({ name: "test.hold" });
    await until(() => state.started);
    expect(toSeen(await client.callTool({ name: "test.strict", arguments: { text: "b" } }))[0]).toBe("got b");
    letGo();
    expect(toSeen(await held)[0]).toBe("held");
  });

  it("has its long result cut as for a model, and session.page reads the rest", async () => {
    const words = Array.from({ length: 60_000 }, (_, index) => `word${index}`).join(" ");
    const { client } = await openCalling({ tools: [toolSaying("test.long", words)] });
    const [text] = toSeen(await client.callTool({ name: "test.long" }));
    expect(text.length).toBeLessThan(words.length / 2);
    const [, checkpointId, offset] = /session\.page \{"checkpointId":"([^"]+)","offset":(\d+)/.exec(text) ?? [];
    const [page] = toSeen(await client.callTool({ name: "session.page", arguments: { checkpointId, offset: Number(offset), limit: 100 } }));
    expect(page).toContain(words.slice(Number(offset), Number(offset) + 100));
    const other = await openMcpClient(await openListening());
    expect(toSeen(await other.client.callTool({ name: "session.page", arguments: { checkpointId } }))[1]).toBe(true);
  });
});

/** A client of a gateway of its own. */
async function openCalling(options: Parameters<typeof openListening>[0]) {
  const listening = await openListening(options);
  return { ...listening, ...(await openMcpClient(listening)) };
}
