import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import type { Tool } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import { openListening } from "./support/open-listening.ts";
import { openMcpClient, toSeen } from "./support/open-mcp-client.ts";
import { toolSaying, until } from "./support/open-gateway.ts";

const owner = { id: "owner", scopes: ["read", "chat", "approve", "admin"] } as const;

/** A gateway whose policy asks before its one tool, which counts how often it ran. */
async function openAsking(): Promise<Listening & { readonly ran: () => number; readonly isAsking: () => boolean; readonly decide: (decision: "allow" | "deny") => Promise<void> }> {
  let count = 0;
  const tool: Tool = {
    ...toolSaying("test.act", ""),
    async execute() {
      count += 1;
      return { content: [{ type: "text", text: "acted" }] };
    },
  };
  const listening = await openListening({ tools: [tool], verdict: "ask", gateway: { maxBodyBytes: 65_536 } });
  const { runtime } = listening;
  const decide = (decision: "allow" | "deny"): Promise<void> => runtime.answer(runtime.asks()[0]?.ask.askId ?? "", { decision }, owner);
  return { ...listening, ran: () => count, isAsking: () => runtime.asks().length === 1, decide };
}

describe("a call that needs an approval, of a client without forms", () => {
  it("waits for people of the home, and runs when one of them says yes", async () => {
    const { ran, isAsking, decide, ...listening } = await openAsking();
    const { client } = await openMcpClient(listening);
    const result = client.callTool({ name: "test.act", arguments: { a: 1 } });
    await until(isAsking);
    expect([listening.runtime.asks()[0]?.ask.arguments, ran()]).toEqual([{ a: 1 }, 0]);
    await decide("allow");
    expect([...toSeen(await result), ran()]).toEqual(["acted", false, "completed", 1]);
  });

  it("is refused when one of them says no", async () => {
    const { ran, isAsking, decide, ...listening } = await openAsking();
    const { client } = await openMcpClient(listening);
    const result = client.callTool({ name: "test.act" });
    await until(isAsking);
    await decide("deny");
    expect([...toSeen(await result), ran()]).toEqual(["Error (tool.denied): test.act was not run: a person refused it.", true, "denied", 0]);
  });

  it("is given up when nobody answers before most clients would, and never runs", async () => {
    const { ran, isAsking, ...listening } = await openAsking();
    const { client } = await openMcpClient(listening);
    const result = client.callTool({ name: "test.act" });
    await until(isAsking);
    await listening.host.clock.advance(50_000);
    expect(toSeen(await result).slice(1)).toEqual([true, "needs-approval"]);
    expect([listening.runtime.asks(), ran()]).toEqual([[], 0]);
  });

  it("says by its progress that it waits", async () => {
    const { isAsking, decide, ...listening } = await openAsking();
    const { client } = await openMcpClient(listening);
    const told: (string | undefined)[] = [];
    const result = client.callTool({ name: "test.act" }, undefined, { onprogress: ({ message }) => told.push(message) });
    await until(() => isAsking() && told.length > 0);
    await decide("allow");
    await result;
    expect(told).toEqual(["waits for a person of the home (the test says so)"]);
  });
});

describe("a call that needs an approval, of a client with forms", () => {
  const answers: readonly (readonly [ElicitResult, string, number])[] = [
    [{ action: "accept", content: { decision: "allow" } }, "completed", 1],
    [{ action: "accept", content: { decision: "always" } }, "completed", 1],
    [{ action: "accept", content: { decision: "deny" } }, "denied", 0],
    [{ action: "decline" }, "denied", 0],
    [{ action: "cancel" }, "denied", 0],
  ];

  it.each(answers)("is put to its person, whose %j decides", async (answer, status, runs) => {
    const { ran, ...listening } = await openAsking();
    const forms: ElicitRequest["params"][] = [];
    const { client } = await openMcpClient(listening, { person: (form) => (forms.push(form), answer) });
    const [, , seen] = toSeen(await client.callTool({ name: "test.act", arguments: { path: "a\u202eb" } }));
    expect([seen, ran()]).toEqual([status, runs]);
    expect(forms).toEqual([expect.objectContaining({ mode: "form", message: 'test.act wants to run with {\n  "path": "a\\u{202e}b"\n}\nthe test says so' })]);
  });

  it.each([[{ action: "accept", content: {} }], [{ action: "accept", content: { decision: "sure" } }], [{ action: "accept", content: { decision: true } }]] as const)("stays open for people of the home when the client answers %j", async (answer) => {
    const { ran, isAsking, decide, ...listening } = await openAsking();
    const waits = Promise.withResolvers<void>();
    const { client } = await openMcpClient(listening, { person: () => answer as ElicitResult });
    const result = client.callTool({ name: "test.act" }, undefined, { onprogress: () => waits.resolve() });
    await Promise.race([waits.promise, result]);
    expect([isAsking(), ran()]).toEqual([true, 0]);
    await decide("deny");
    expect([toSeen(await result)[2], ran()]).toEqual(["denied", 0]);
  });

  it("is not put to somebody whose token may not approve, nor where the arguments are more than a form shows", async () => {
    const { ran, isAsking, decide, ...listening } = await openAsking();
    const forms: unknown[] = [];
    const person = (form: ElicitRequest["params"]): ElicitResult => (forms.push(form), { action: "accept", content: { decision: "allow" } });
    const narrow = await openMcpClient(listening, { person, token: await listening.tokenFor("read", "chat") });
    const wide = await openMcpClient(listening, { person });
    for (const [client, args] of [[narrow.client, {}], [wide.client, { text: "x".repeat(9_000) }]] as const) {
      const result = client.callTool({ name: "test.act", arguments: args });
      await until(isAsking);
      await client.ping();
      await decide("deny");
      expect(toSeen(await result)[2]).toBe("denied");
    }
    expect([forms, ran()]).toEqual([[], 0]);
  });

  it("is taken back from the client once somebody of the home has answered", async () => {
    const { ran, isAsking, decide, ...listening } = await openAsking();
    const late = Promise.withResolvers<ElicitResult>();
    const asked = Promise.withResolvers<void>();
    const { client } = await openMcpClient(listening, { person: () => (asked.resolve(), late.promise) });
    const result = client.callTool({ name: "test.act" });
    await asked.promise;
    await until(isAsking);
    await decide("deny");
    expect(toSeen(await result)[2]).toBe("denied");
    late.resolve({ action: "accept", content: { decision: "allow" } });
    await client.ping();
    expect(ran()).toBe(0);
  });
});

describe("a question of a tool", () => {
  it("is put to the person at the client, whose words come back", async () => {
    const listening = await openListening();
    const forms: ElicitRequest["params"][] = [];
    const { client } = await openMcpClient(listening, { person: (form) => (forms.push(form), { action: "accept", content: { answer: "blue" } }) });
    const result = await client.callTool({ name: "person.ask", arguments: { question: "Which colour?", choices: ["red", "blue"] } });
    expect([toSeen(result)[0], forms]).toEqual(["blue", [expect.objectContaining({ message: "Which colour?\n- red\n- blue" })]]);
  });

  it("waits for people of the home where the client has no form", async () => {
    const listening = await openListening();
    const { runtime } = listening;
    const { client } = await openMcpClient(listening);
    const result = client.callTool({ name: "person.ask", arguments: { question: "Which colour?" } });
    await until(() => runtime.asks().length === 1);
    await runtime.answer(runtime.asks()[0]?.ask.askId ?? "", { answer: "green" }, owner);
    expect(toSeen(await result)[0]).toBe("green");
  });
});
