import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import type { Model } from "../../../apps/gateway/test/support/open-gateway.ts";
import { calling, hasResult, saying, stalling, toolSaying } from "../../../apps/gateway/test/support/open-gateway.ts";
import type { PlacedEvent } from "../src/index.ts";
import { all } from "./read-all.ts";
import { createClient, isEnded } from "../src/index.ts";
import { createClientOver } from "../src/create-client.ts";
import { createFetchTransport } from "../src/fetch-transport.ts";
import { listenOn, serve } from "./serve.ts";
import { openClient, ways } from "./open-client.ts";

const using: Model = (_said, request) => (hasResult(request) ? saying("ok") : calling("test.write", { a: 1 }));
const tools = [toolSaying("test.write", "one\ntwo")];

describe.each(ways)("a client over %s", (way) => {
  it("sends a message and gets the outcome", async () => {
    const { client } = await openClient(way);
    const state = await client.message({ message: "hello", sessionId: "http:a" });
    expect(state).toEqual({
      status: "completed",
      sessionId: "http:a",
      turnId: expect.any(String),
      output: "You said: hello",
      rounds: 1,
      toolCalls: [],
      usage: { inputTokens: 12, outputTokens: 3 },
      error: null,
    });
    expect(await client.turn(state.turnId)).toEqual(state);
  });

  it("resolves with a turn that failed, and throws the error of a message that was not taken", async () => {
    const { client } = await openClient(way, {
      async *model() {
        throw new Error("no");
      },
    });
    const state = await client.message({ message: "hello" });
    expect(state).toMatchObject({ status: "failed", error: { code: expect.any(String) } });
    await expect(client.message({ message: " " })).rejects.toMatchObject({ code: "message.empty", message: "The message is empty; say what to do." });
    await expect(client.message({ message: "x", sessionId: "\u0001" })).rejects.toMatchObject({ code: "session.invalid" });
    await expect(client.turn("nothing")).rejects.toMatchObject({ code: "turn.not-found" });
    await expect(client.answer("nothing", { decision: "allow" })).rejects.toMatchObject({ code: "ask.not-found" });
  });

  it("reads a turn live, each event with its fields", async () => {
    const { client } = await openClient(way, { model: using, tools });
    const events = await client.stream({ message: "go" });
    const found = await all(events);
    expect(found.map(({ event }) => event.type).filter((type) => type !== "progress")).toEqual(["turn-start", "tool-call", "tool-result", "text-delta", "turn-end"]);
    expect(found.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        { type: "turn-start", turnId: events.turnId, sessionId: "http:default" },
        { type: "tool-call", callId: expect.any(String), name: "test.write", arguments: { a: 1 } },
        expect.objectContaining({ type: "tool-result", name: "test.write", status: "completed", preview: "one\ntwo" }),
        { type: "text-delta", text: "ok" },
        { type: "turn-end", outcome: expect.objectContaining({ status: "completed", output: "ok", turnId: events.turnId }) },
      ]),
    );
    for (const { id } of found) expect(id).toMatch(/^1\.\d+$/);
  });

  it("knows whose stream it is before anything has happened", async () => {
    const gate = Promise.withResolvers<void>();
    const { client } = await openClient(way, { model: (_said, _request, signal) => stalling(gate.promise, signal, "late") });
    const first = await client.stream({ message: "one" });
    const second = await client.stream({ message: "two" });
    expect(await client.turn(second.turnId)).toMatchObject({ status: "queued", turnId: second.turnId, sessionId: "http:default", asks: [] });
    gate.resolve();
    for (const events of [first, second]) expect((await all(events)).at(-1)?.event).toMatchObject({ type: "turn-end", outcome: { turnId: events.turnId } });
  });

  it("goes on after the event that was seen last, without gap or repeat", async () => {
    const gate = Promise.withResolvers<void>();
    const { client } = await openClient(way, {
      async *model(_said, _request, signal) {
        yield { type: "text-delta", text: "a" };
        yield* stalling(gate.promise, signal, "b", "c");
      },
    });
    const begun = await client.stream({ message: "go" }, { idempotencyKey: "k1" });
    let last = "";
    for await (const { id, event } of begun) {
      last = id;
      if (event.type === "text-delta") break;
    }
    gate.resolve();
    const again = await client.stream({ message: "go" }, { idempotencyKey: "k1", lastEventId: last });
    const followed = await client.follow(begun.turnId, { lastEventId: last });
    if (followed === undefined) throw new Error("it cannot be followed");
    for (const events of [again, followed]) {
      expect(events.turnId).toBe(begun.turnId);
      // Pieces of text that come close together are one event.
      expect((await all(events)).map(({ event }) => (event.type === "text-delta" ? event.text : ` ${event.type}`)).join("")).toBe("bc turn-end");
    }
    expect((await all((await client.follow(begun.turnId)) ?? again)).map(({ event }) => event.type)).toContain("turn-start");
  });

  it("takes a message once under one key", async () => {
    const { client } = await openClient(way);
    const first = await client.message({ message: "hello" }, { idempotencyKey: "k2" });
    expect(await client.message({ message: "hello" }, { idempotencyKey: "k2" })).toEqual(first);
    await expect(client.message({ message: "other" }, { idempotencyKey: "k2" })).rejects.toMatchObject({ code: "request.mismatch" });
  });

  it("does not wait for a turn that was only to be taken, and stops one", async () => {
    const { client } = await openClient(way, { model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const { turnId, sessionId } = await client.submit({ message: "go", sessionId: "http:s" });
    expect(sessionId).toBe("http:s");
    const state = await client.turn(turnId);
    expect(isEnded(state)).toBe(false);
    expect(await client.cancel(turnId)).toBe("cancelled");
    expect(await client.turn(turnId)).toMatchObject({ status: "cancelled", error: { code: "turn.cancelled" } });
  });

  it("shows what turns wait for, and answers it", async () => {
    const { client } = await openClient(way, { model: using, tools, verdict: "ask" });
    const state = await client.message({ message: "go" });
    if (isEnded(state)) throw new Error("it did not wait");
    const [open] = await client.asks();
    expect(open).toMatchObject({ turnId: state.turnId, sessionId: "http:default", ask: { kind: "approval", tool: "test.write", arguments: { a: 1 }, reason: "the test says so" } });
    expect(open?.ask.expiresAt).toBeGreaterThan(0);
    expect(state).toMatchObject({ status: "waiting", asks: [open] });
    const events = await client.follow(state.turnId);
    await client.answer(open?.ask.askId ?? "", { decision: "allow" });
    const found = events === undefined ? [] : await all(events);
    expect(found.map(({ event }) => event)).toContainEqual({ type: "ask", ask: open?.ask });
    expect(found.at(-1)?.event).toMatchObject({ type: "turn-end", outcome: { status: "completed", toolCalls: [{ name: "test.write", status: "completed" }] } });
    expect(await client.asks()).toEqual([]);
  });

  it("lists sessions page by page, and what was said in one", async () => {
    const { client } = await openClient(way, { model: using, tools });
    for (const sessionId of ["http:a", "http:b"]) await client.message({ message: "go", sessionId });
    const first = await client.sessions({ limit: 1 });
    const second = await client.sessions({ limit: 1, offset: first.nextOffset ?? 0 });
    expect([...first.sessions, ...second.sessions].map(({ sessionId }) => sessionId).toSorted()).toEqual(["http:a", "http:b"]);
    expect(first.sessions[0]).toEqual({ sessionId: expect.any(String), turns: 1, toolCalls: 1, updatedAt: expect.any(Number) });
    expect((await client.sessions()).nextOffset).toBeUndefined();
    const { turnId } = await client.message({ message: "again", sessionId: "http:a" });
    const page = await client.messages("http:a", { limit: 1 });
    expect(page).toEqual({
      sessionId: "http:a",
      nextBefore: turnId,
      messages: [
        { role: "user", text: "again", turnId, at: expect.any(Number) },
        { role: "assistant", text: "ok", turnId, at: expect.any(Number), status: "completed", toolCalls: [{ name: "test.write", arguments: { a: 1 }, status: "completed", preview: "one\ntwo", lines: 2 }] },
      ],
    });
    const older = await client.messages("http:a", { before: turnId });
    expect([older.messages.map(({ text }) => text), older.nextBefore]).toEqual([["go", "ok"], undefined]);
    await expect(client.messages("http:none")).rejects.toMatchObject({ code: "session.not-found" });
  });

  it("erases a session where it may", async () => {
    const { client } = await openClient(way);
    await client.message({ message: "hi", sessionId: "http:a" });
    if (way !== "socket") return expect(client.deleteSession("http:a")).rejects.toMatchObject({ code: "auth.forbidden" });
    await client.deleteSession("http:a");
    await expect(client.deleteSession("http:a")).rejects.toMatchObject({ code: "session.not-found" });
  });

  it("exchanges a code for a token", async () => {
    const { client, mint, url } = await openClient(way);
    const code = await mint("phone");
    const paired = await client.pair(code.toLowerCase());
    expect(paired).toEqual({ token: expect.stringMatching(/^omni_/), name: "phone", scopes: ["read"] });
    expect(await createClient({ url, token: paired.token }).asks()).toEqual([]);
    for (let count = 0; count < 5; count += 1) await expect(client.pair("ZZZZZZZZ")).rejects.toMatchObject({ code: "auth.forbidden", retryable: false });
    await expect(client.pair(code)).rejects.toMatchObject({ code: "request.too-many", retryable: true, retryAfterMs: 3_600_000 });
  });

  it("says when a stream was cut, and whether anybody is there", async () => {
    const { client, gateway, cut } = await openClient(way, { model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    expect([await client.isAlive(), await client.isReady()]).toEqual([true, true]);
    gateway.enter("draining");
    expect([await client.isAlive(), await client.isReady()]).toEqual([true, false]);
    const events = await client.stream({ message: "go" });
    const reading = all(events);
    await cut();
    await expect(reading).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    expect([await client.isAlive(), await client.isReady()]).toEqual([false, false]);
    await expect(client.asks()).rejects.toMatchObject({ code: "egress.failed", retryable: true, message: expect.stringContaining("cannot be reached") });
  });

  it("ends the reading of a stream that is closed meanwhile, at once and without an error", async () => {
    const { client } = await openClient(way, { model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const [read, unread] = [await client.stream({ message: "go", sessionId: "a" }), await client.stream({ message: "go", sessionId: "b" })];
    const reading = all(read);
    await Promise.all([read.close(), unread.close()]);
    expect((await reading).map(({ event }) => event.type)).not.toContain("turn-end");
    expect(await all(unread)).toEqual([]);
    expect(await client.turn(read.turnId)).toMatchObject({ status: "running" });
  });

  it("ends any call with the reason of its signal, and leaves the turn running", async () => {
    const gate = Promise.withResolvers<void>();
    const { client } = await openClient(way, { model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const life = new AbortController();
    const events = await client.stream({ message: "go" }, { signal: life.signal });
    const reading = all(events);
    const waiting = client.message({ message: "more", sessionId: "http:other" }, { signal: life.signal });
    const reason = new Error("enough");
    life.abort(reason);
    expect(await Promise.allSettled([reading, waiting])).toEqual([
      { status: "rejected", reason },
      { status: "rejected", reason },
    ]);
    await expect(client.isReady({ signal: life.signal })).rejects.toBe(reason);
    gate.resolve();
    const followed = await client.follow(events.turnId);
    expect((followed === undefined ? [] : await all(followed)).at(-1)?.event).toMatchObject({ outcome: { status: "completed", output: "done" } });
  });
});

describe("what a principal may do", () => {
  it("is everything on the socket, and what its token says over the network", async () => {
    const { client, url } = await openClient("socket");
    expect(await client.message({ message: "hi", sessionId: "cli:a", interactive: false, autonomy: "readonly", maxRounds: 2, timeoutMs: 1_500 })).toMatchObject({ status: "completed", sessionId: "cli:a" });
    await expect(createClient({ url }).asks()).rejects.toMatchObject({ code: "auth.missing" });
    await expect(createClient({ url: `${url}/`, token: "omni_wrong" }).asks()).rejects.toMatchObject({ code: "auth.missing" });
    const { client: other } = await openClient("tcp");
    await expect(other.message({ message: "hi", sessionId: "cli:a" })).rejects.toMatchObject({ code: "session.foreign" });
    await expect(other.message({ message: "hi", maxRounds: 2 })).rejects.toMatchObject({ code: "auth.forbidden" });
  });
});

describe("a client where there is Node", () => {
  it("asks over TCP without fetch, which gives up on an answer that has not begun after five minutes", async () => {
    const modes: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      modes.push(headers["sec-fetch-mode"]?.toString());
      response.end('{"asks":[]}');
    });
    const url = await listenOn(server);
    expect(await createClient({ url }).asks()).toEqual([]);
    expect(await createClientOver(createFetchTransport(url, undefined)).asks()).toEqual([]);
    expect(modes).toEqual([undefined, "cors"]);
  });

  it("finds a gateway below a path, and says where none is", async () => {
    const paths: (string | undefined)[] = [];
    const url = await listenOn(createServer((request, response) => {
      paths.push(request.url);
      response.end('{"messages":[],"session_id":"a b"}');
    }));
    await createClient({ url: `${url}/omni` }).messages("a b", { limit: 1 });
    expect(paths).toEqual(["/omni/sessions/a%20b/messages?limit=1"]);
    await expect(createClient({ url: "http://[::1]:9" }).asks()).rejects.toMatchObject({ code: "egress.failed", retryable: true, message: expect.stringContaining("http://[::1]:9 cannot be reached") });
  });
});

describe("an answer that no gateway gives", () => {
  it("is an error with its status, or with what is wrong", async () => {
    await expect(createClient({ url: await serve(502, "<html>bad gateway") }).asks()).rejects.toMatchObject({ code: "egress.failed", retryable: true, message: expect.stringContaining("502") });
    await expect(createClient({ url: await serve(200, "hello") }).asks()).rejects.toMatchObject({ code: "egress.failed", retryable: false, message: expect.stringContaining("no JSON") });
    await expect(createClient({ url: await serve(200, '{"asks":7}') }).asks()).rejects.toMatchObject({ message: expect.stringContaining('"asks" of the answer is no list') });
    await expect(createClient({ url: await serve(302, "", { location: "http://127.0.0.1:9/" }), token: "t" }).asks()).rejects.toMatchObject({ code: "egress.failed" });
  });

  it("keeps the time to wait, and takes a code that it does not know for a defect", async () => {
    const busy = JSON.stringify({ error: { code: "session.full", message: "full", requestId: "1" } });
    await expect(createClient({ url: await serve(429, busy, { "retry-after": "5" }) }).asks()).rejects.toMatchObject({ code: "session.full", message: "full", retryable: true, retryAfterMs: 5_000 });
    const unknown = JSON.stringify({ error: { code: "constructor", message: "new", requestId: "1" } });
    await expect(createClient({ url: await serve(418, unknown) }).asks()).rejects.toMatchObject({ code: "internal", message: "new" });
  });

  it("passes over events that it does not know", async () => {
    const body = ': turn t1\n\nevent: something\nid: 1.1\ndata: [not json\n\nevent: text-delta\nid: 1.2\ndata: {"text":"x"}\n\n';
    const events = await createClient({ url: await serve(200, body, { "content-type": "text/event-stream" }) }).stream({ message: "x" });
    const found: PlacedEvent[] = [];
    const reading = (async () => {
      for await (const each of events) found.push(each);
    })();
    await expect(reading).rejects.toMatchObject({ code: "egress.failed", message: expect.stringContaining("ended before the turn did") });
    expect(found).toEqual([{ id: "1.2", event: { type: "text-delta", text: "x" } }]);
  });
});
