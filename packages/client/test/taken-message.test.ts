import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { stalling } from "../../../apps/gateway/test/support/open-gateway.ts";
import { all } from "./read-all.ts";
import { createClient, isEnded } from "../src/index.ts";
import { listenOn, serve } from "./serve.ts";
import { openClient, ways } from "./open-client.ts";

/** An error of the gateway, with what else its answer says. */
const toError = (code: string, fields: object = {}): string => JSON.stringify({ error: { code, message: "So it is.", requestId: "1" }, ...fields });

const taken = { turn_id: "t1", session_id: "http:a" };
const held = { status: "queued", turnId: "t1", sessionId: "http:a", asks: [] };

describe("a message that was taken although its answer is an error", () => {
  it.each([
    [503, "gateway.draining"],
    [503, "store.full"],
    [503, "store.busy"],
    [409, "request.conflict"],
  ])("with status %i and %s is a turn that has not ended", async (status, code) => {
    const client = createClient({ url: await serve(status, toError(code, taken)) });
    const state = await client.message({ message: "x" });
    expect([state, isEnded(state)]).toEqual([held, false]);
    expect(await client.submit({ message: "x" })).toEqual({ turnId: "t1", sessionId: "http:a" });
  });

  it.each([
    ["names no turn", 503, toError("gateway.draining"), { code: "gateway.draining", retryable: true }],
    ["is in no session", 503, toError("store.busy", { turn_id: "t1" }), { code: "store.busy", retryable: true }],
    ["does not go on", 500, toError("store.corrupt", taken), { code: "store.corrupt", retryable: false }],
    ["is none of the gateway's", 503, "<html>", { code: "egress.failed", retryable: true }],
  ])("is not one that %s", async (_, status, body, error) => {
    const client = createClient({ url: await serve(status, body) });
    await expect(client.message({ message: "x" })).rejects.toMatchObject(error);
    await expect(client.submit({ message: "x" })).rejects.toMatchObject(error);
  });

  it("may have failed since, which is its end", async () => {
    const outcome = { ...taken, status: "failed", output: "", rounds: 1, tool_calls: [], usage: { input_tokens: 1, output_tokens: 1 }, error: { code: "provider.cut", message: "no" } };
    const client = createClient({ url: await serve(503, JSON.stringify(outcome)) });
    expect(await client.message({ message: "x" })).toMatchObject({ status: "failed", turnId: "t1", error: { code: "provider.cut" } });
  });
});

describe.each(ways)("a message over %s that is sent again with its key while its turn runs", (way) => {
  it("is streamed from the beginning, without an id and with no more than the scope of messages", async () => {
    const gate = Promise.withResolvers<void>();
    const { client: own, runtime, url } = await openClient(way, {
      async *model(_said, _request, signal) {
        yield { type: "text-delta", text: "a" };
        yield* stalling(gate.promise, signal, "b");
      },
    });
    const { token } = await runtime.tokens.add("talker", ["chat"]);
    const client = way === "tcp" ? createClient({ url, token }) : own;
    const sending = { idempotencyKey: "k" };
    const first = await client.stream({ message: "go" }, sending);
    await first.close();
    const again = await client.stream({ message: "go" }, sending);
    expect(again.turnId).toBe(first.turnId);
    gate.resolve();
    const told = (await all(again)).map(({ event }) => (event.type === "text-delta" ? event.text : ` ${event.type} `)).join("");
    expect(told).toMatch(/^(?: text-reset )? turn-start ab turn-end $/);
  });

  it("is the same turn to whoever waits for no events", async () => {
    const { client } = await openClient(way, { model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const first = await client.submit({ message: "go" }, { idempotencyKey: "k" });
    expect(await client.submit({ message: "go" }, { idempotencyKey: "k" })).toEqual(first);
    expect(await client.message({ message: "go" }, { idempotencyKey: "k" })).toEqual({ status: "queued", ...first, asks: [] });
  });
});

describe("a stream that is refused", () => {
  async function ask(sending: { readonly idempotencyKey?: string; readonly lastEventId?: string }): Promise<readonly IncomingMessage["headers"][]> {
    const asked: IncomingMessage["headers"][] = [];
    const url = await listenOn(createServer((request, response) => {
      asked.push(request.headers);
      response.writeHead(409).end(toError("request.conflict", taken));
    }));
    await expect(createClient({ url }).stream({ message: "x" }, sending)).rejects.toMatchObject({ code: "request.conflict" });
    return asked;
  }

  it("is asked for once more where its message has a key, after the event that comes before all", async () => {
    expect((await ask({ idempotencyKey: "k" })).map((headers) => [headers["idempotency-key"], headers["last-event-id"]])).toEqual([["k", undefined], ["k", "0.0"]]);
  });

  it("is never asked for again without a key, which would be another message", async () => {
    expect(await ask({})).toHaveLength(1);
  });
});
