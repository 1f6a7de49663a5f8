import { describe, expect, it } from "vitest";
import type { Tool } from "@omni/core";
import { allEvents } from "./support/read-events.ts";
import { openGateway, toolSaying } from "./support/open-gateway.ts";

describe("a chat command over HTTP", () => {
  it("is answered the same under its key again, and the key takes no other message", async () => {
    const { ask } = await openGateway();
    const say = (message: string, key: string): Promise<Response> => ask("POST /message", { body: { message }, headers: { "idempotency-key": key } });
    const answer = await (await say("/status", "k")).text();
    await say("hello", "a");
    const again = await say("/status", "k");
    expect([again.status, await again.text()]).toEqual([200, answer]);
    for (const [message, key] of [["hello", "k"], ["/help", "k"], ["/status", "a"]] as const) expect((await say(message, key)).status, message).toBe(422);
  });

  it("is answered at once also where nobody waits, and is no turn", async () => {
    const { ask } = await openGateway();
    const response = await ask("POST /message?wait=false", { body: { message: "/help" } });
    const answer = (await response.json()) as { readonly turn_id: string };
    expect([response.status, answer]).toEqual([200, expect.objectContaining({ status: "completed", output: expect.stringContaining("/status") as string })]);
    expect((await ask(`GET /turns/${answer.turn_id}`)).status).toBe(404);
  });

  it("is a stream as a turn is, also for one that comes back", async () => {
    const { ask } = await openGateway();
    const read = async (lastEventId?: string): Promise<readonly string[]> => {
      const headers = { accept: "text/event-stream", "idempotency-key": "k", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) };
      return (await allEvents(await ask("POST /message", { body: { message: "/help" }, headers }))).map(({ event }) => event);
    };
    expect([await read(), await read("1.1")]).toEqual([["turn-start", "text-delta", "turn-end"], ["text-delta", "turn-end"]]);
  });
});

describe("a message that is a call", () => {
  const strict: Tool = { ...toolSaying("test.strict", "ok"), inputSchema: { type: "object", properties: { path: { type: "string" } }, required: ["path"], additionalProperties: false } };

  it("is 400 with the schema where its arguments do not fit", async () => {
    const { ask } = await openGateway({ tools: [strict] });
    const response = await ask("POST /message", { body: { message: 'test.strict {"nope":1}' }, transport: "socket" });
    expect([response.status, await response.json()]).toMatchObject([400, { status: "failed", tool_calls: [{ status: "failed" }], error: { code: "tool.invalid-arguments", message: expect.stringContaining(JSON.stringify(strict.inputSchema)) as string } }]);
    expect(await (await ask("POST /message", { body: { message: 'test.strict {"path":"a"}' } })).json()).toMatchObject({ status: "completed", output: "ok" });
  });
});
