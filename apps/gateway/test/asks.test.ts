import { describe, expect, it } from "vitest";
import type { Store, Tool } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OpenGateway } from "./support/open-gateway.ts";
import { calling, hasResult, openGateway, saying, toolSaying } from "./support/open-gateway.ts";

interface Waiting {
  readonly turn_id: string;
  readonly asks: readonly { readonly ask_id: string }[];
}

const approving = { tools: [toolSaying("test.write", "written")], verdict: "ask", model: (_said: string, request: Parameters<typeof hasResult>[0]) => (hasResult(request) ? saying("ok") : calling("test.write", { a: 1 })) } as const;

const questioner: Tool = { ...toolSaying("test.ask", ""), execute: async (_input, context) => ({ content: [{ type: "text", text: await context.ask({ question: "Which colour?", choices: ["red", "blue"] }) }] }) };

async function wait({ ask }: OpenGateway, extra: object = {}, transport: "tcp" | "socket" = "tcp"): Promise<Waiting> {
  const response = await ask("POST /message", { body: { message: "hi", ...extra }, transport });
  expect(response.status).toBe(202);
  return (await response.json()) as Waiting;
}

async function open({ ask }: OpenGateway): Promise<readonly unknown[]> {
  return ((await (await ask("GET /asks")).json()) as { asks: unknown[] }).asks;
}

describe("asks", () => {
  it("are listed while they are open, and a decision lets the turn go on", async () => {
    const gateway = await openGateway(approving);
    const waiting = await wait(gateway);
    expect(await open(gateway)).toEqual(waiting.asks);
    expect(waiting.asks[0]).toMatchObject({ turn_id: waiting.turn_id, session_id: "http:default", kind: "approval", tool: "test.write" });
    expect(await (await gateway.ask(`GET /turns/${waiting.turn_id}`)).json()).toMatchObject({ status: "waiting", asks: waiting.asks });
    const line = `POST /asks/${waiting.asks[0]?.ask_id}`;
    const response = await gateway.ask(line, { body: { decision: "allow" } });
    expect([response.status, await response.json()]).toEqual([200, { ask_id: waiting.asks[0]?.ask_id, status: "answered" }]);
    expect(await gateway.runtime.follow(waiting.turn_id)?.outcome).toMatchObject({ status: "completed", toolCalls: [{ status: "completed" }] });
    expect(await open(gateway)).toEqual([]);
    expect((await gateway.ask(line, { body: { decision: "allow" } })).status).toBe(404);
  });

  it("deny a call when the answer is deny", async () => {
    const gateway = await openGateway(approving);
    const { turn_id, asks } = await wait(gateway);
    await gateway.ask(`POST /asks/${asks[0]?.ask_id}`, { body: { decision: "deny" } });
    expect(await gateway.runtime.follow(turn_id)?.outcome).toMatchObject({ toolCalls: [{ status: "denied" }] });
  });

  it("take the words of whoever began the turn as the answer to a question", async () => {
    const gateway = await openGateway({ tools: [questioner], model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.ask")) });
    const token = await gateway.tokenFor("chat");
    const waiting = (await (await gateway.ask("POST /message", { body: { message: "hi" }, token })).json()) as Waiting;
    expect(waiting.asks).toEqual([expect.objectContaining({ kind: "question", question: "Which colour?", choices: ["red", "blue"] })]);
    const line = `POST /asks/${waiting.asks[0]?.ask_id}`;
    expect((await gateway.ask(line, { body: { answer: "blue" }, token: await gateway.tokenFor("chat") })).status).toBe(403);
    expect((await gateway.ask(line, { body: { answer: "blue" }, token })).status).toBe(200);
    expect(await gateway.runtime.follow(waiting.turn_id)?.outcome).toMatchObject({ status: "completed" });
  });

  it("are approved by scope approve only, also by whoever began the turn", async () => {
    const gateway = await openGateway(approving);
    const { asks } = await wait(gateway);
    const response = await gateway.ask(`POST /asks/${asks[0]?.ask_id}`, { body: { decision: "allow" }, token: await gateway.tokenFor("chat", "read") });
    expect([response.status, await response.json()]).toEqual([403, { error: expect.objectContaining({ code: "ask.forbidden" }) }]);
    expect(await open(gateway)).toHaveLength(1);
  });

  it.each([[{}], [{ decision: "yes" }], [{ answer: 7 }], [{ decision: "allow", answer: "x" }], [{ answer: "an answer to an approval" }]])("refuse %j", async (body) => {
    const gateway = await openGateway(approving);
    const { asks } = await wait(gateway);
    const response = await gateway.ask(`POST /asks/${asks[0]?.ask_id}`, { body });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid" }) }]);
    expect(await open(gateway)).toHaveLength(1);
  });

  it("are still open where what is allowed for good cannot be kept, and take the answer when it can", async () => {
    let isFull = true;
    const wrapStore = (store: Store): Store => ({ ...store, putDocument: (kind, ...given) => (isFull && kind === "always-allowed" ? Promise.reject(new OmniError("store.full", "no room")) : store.putDocument(kind, ...given)) });
    const gateway = await openGateway({ ...approving, wrapStore });
    const { turn_id, asks } = await wait(gateway);
    const answer = async (): Promise<number> => (await gateway.ask(`POST /asks/${asks[0]?.ask_id}`, { body: { decision: "always" } })).status;
    expect([await answer(), await open(gateway)]).toEqual([503, asks]);
    isFull = false;
    expect(await answer()).toBe(200);
    expect(await gateway.runtime.follow(turn_id)?.outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
  });

  it("of other entrances are neither seen nor answered without scope admin", async () => {
    const gateway = await openGateway(approving);
    const { asks } = await wait(gateway, { session_id: "cli:default" }, "socket");
    expect(await open(gateway)).toEqual([]);
    const line = `POST /asks/${asks[0]?.ask_id}`;
    expect((await gateway.ask(line, { body: { decision: "allow" } })).status).toBe(404);
    expect((await gateway.ask(line, { body: { decision: "allow" }, transport: "socket" })).status).toBe(200);
  });

  it("are answered no at once where nobody can be asked", async () => {
    const { ask } = await openGateway(approving);
    expect(await (await ask("POST /message", { body: { message: "hi", interactive: false } })).json()).toMatchObject({ status: "completed", tool_calls: [{ status: "denied" }] });
  });
});
