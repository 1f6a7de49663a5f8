import { describe, expect, it, onTestFinished } from "vitest";
import type { OpenClient } from "./open-client.ts";
import type { OpenRuntimeOptions } from "../../../apps/gateway/test/support/open-gateway.ts";
import { calling, hasResult, saying, stalling, toolSaying } from "../../../apps/gateway/test/support/open-gateway.ts";
import type { SocketClient } from "../src/index.ts";
import { all } from "./read-all.ts";
import { connectSocket } from "../src/index.ts";
import { ended, openTold } from "./told-client.ts";
import { openClient } from "./open-client.ts";

async function open(options: OpenRuntimeOptions = {}): Promise<OpenClient & { readonly live: SocketClient }> {
  const opened = await openClient("tcp", options);
  const live = await connectSocket({ url: opened.url, token: opened.token });
  onTestFinished(() => live.close());
  return { ...opened, live };
}

const never = new Promise<never>(() => undefined);

describe("a client over a WebSocket", () => {
  it("knows who it is taken for", async () => {
    const { live } = await open();
    expect([live.principal, live.scopes]).toEqual([expect.stringMatching(/^token:/), ["read", "chat", "approve"]]);
  });

  it("reads the same events as one over HTTP", async () => {
    const { live, client } = await open({ tools: [toolSaying("test.write", "x")], model: (_said, request) => (hasResult(request) ? saying("a", "b") : calling("test.write", { a: 1 })) });
    const events = await live.stream({ message: "go", sessionId: "a" });
    const found = await all(events);
    const followed = await client.follow(events.turnId);
    expect(found).toEqual(followed === undefined ? [] : await all(followed));
    expect(found.at(-1)?.event).toMatchObject({ type: "turn-end", outcome: { status: "completed", output: "ab", sessionId: "http:a" } });
  });

  it("talks in many sessions at once", async () => {
    const gates = { one: Promise.withResolvers<void>(), two: Promise.withResolvers<void>() };
    const { live } = await open({ model: (said, _request, signal) => stalling(said === "one" ? gates.one.promise : gates.two.promise, signal, said) });
    const [one, two] = [await live.stream({ message: "one", sessionId: "a" }), await live.stream({ message: "two", sessionId: "b" })];
    gates.two.resolve();
    expect((await all(two)).at(-1)?.event).toMatchObject({ outcome: { output: "two" } });
    gates.one.resolve();
    expect((await all(one)).at(-1)?.event).toMatchObject({ outcome: { output: "one" } });
  });

  it("goes on after the event that was seen last, and joins under a key", async () => {
    const gate = Promise.withResolvers<void>();
    const { live } = await open({
      async *model(_said, _request, signal) {
        yield { type: "text-delta", text: "a" };
        yield* stalling(gate.promise, signal, "b");
      },
    });
    const first = await live.stream({ message: "go" }, { idempotencyKey: "k" });
    let last = "";
    for await (const { id, event } of first) {
      last = id;
      if (event.type === "text-delta") break;
    }
    gate.resolve();
    const again = await live.stream({ message: "go" }, { idempotencyKey: "k", lastEventId: last });
    expect(again.turnId).toBe(first.turnId);
    expect((await all(again)).map(({ event }) => event.type)).toEqual(["text-delta", "turn-end"]);
    expect((await all(await live.follow(first.turnId))).map(({ event }) => event.type)).toEqual(["turn-start", "text-delta", "turn-end"]);
  });

  it("stops a turn, and one that is left goes on", async () => {
    const { live, client } = await open({ model: (_said, _request, signal) => stalling(never, signal) });
    const events = await live.stream({ message: "go" });
    await events.close();
    expect(await all(events)).toEqual([]);
    expect(await client.turn(events.turnId)).toMatchObject({ status: "running" });
    expect(await live.cancel(events.turnId)).toBe("cancelled");
  });

  it("answers what a turn asks", async () => {
    const { live } = await open({ tools: [toolSaying("test.write", "x")], verdict: "ask", model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.write")) });
    const seen: string[] = [];
    for await (const { event } of await live.stream({ message: "go" })) {
      seen.push(event.type);
      if (event.type === "ask") await live.answer(event.ask.askId, { decision: "allow" });
    }
    expect(seen).toEqual(["turn-start", "ask", "answer", "tool-call", "tool-result", "text-delta", "turn-end"]);
  });

  it("throws what the gateway refuses, and stays open", async () => {
    const { live } = await open();
    await expect(live.stream({ message: " " })).rejects.toMatchObject({ code: "message.empty" });
    await expect(live.follow("none")).rejects.toMatchObject({ code: "turn.not-found" });
    await expect(live.answer("none", { decision: "allow" })).rejects.toMatchObject({ code: "ask.not-found" });
    expect((await all(await live.stream({ message: "hi" }))).at(-1)?.event).toMatchObject({ outcome: { output: "You said: hi" } });
  });

  it("refuses a message that is larger than the gateway takes, and stays open", async () => {
    const { live } = await open();
    // 3,000 characters and 6,000 bytes, where 4,096 are taken.
    await expect(live.stream({ message: "\u00e4".repeat(3_000) })).rejects.toMatchObject({ code: "request.too-large", retryable: false });
    expect((await all(await live.stream({ message: "a".repeat(3_000) }))).at(-1)?.event).toMatchObject({ outcome: { status: "completed" } });
  });

  it("is told of the size where a gateway closed it for that, and may follow what runs over another", async () => {
    const { live, events, end } = await openTold();
    const told = Promise.all([
      expect(live.cancel("another")).rejects.toMatchObject({ code: "request.too-large", retryable: false }),
      expect(all(events)).rejects.toMatchObject({ code: "egress.failed", retryable: true }),
    ]);
    end(1009);
    await told;
    await expect(live.cancel("t")).rejects.toMatchObject({ code: "egress.failed", retryable: true });
  });

  it("takes an error that names no frame for the answer to the only one that waits", async () => {
    const { live, say } = await openTold();
    const asking = live.cancel("another");
    const error = { code: "request.too-many", message: "Too many frames.", requestId: "1", retry_after_ms: 5 };
    say({ type: "error", error });
    await expect(asking).rejects.toMatchObject({ code: "request.too-many", retryable: true, retryAfterMs: 5 });
    const both = [live.cancel("one"), live.cancel("two")];
    say({ type: "error", error }, { type: "done", id: "3", status: "completed" }, { type: "done", id: "4", status: "completed" });
    expect(await Promise.all(both)).toEqual(["completed", "completed"]);
  });

  it("says when it is cut, in everything that is under way", async () => {
    const { live, cut } = await open({ model: (_said, _request, signal) => stalling(never, signal) });
    const reading = all(await live.stream({ message: "go" }));
    await cut();
    await expect(reading).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    expect(await live.closed).toBe(1006);
    await expect(live.cancel("t")).rejects.toMatchObject({ code: "egress.failed", retryable: true });
  });

  it("keeps no more than so much of a turn that nobody reads, and says that text was lost", async () => {
    const { events, tell, taken } = await openTold();
    tell("turn-start", { turn_id: "t", session_id: "http:a" });
    for (let piece = 0; piece < 100; piece += 1) tell("text-delta", { text: "x".repeat(100_000) });
    tell("turn-end", ended);
    await taken();
    const found = await all(events);
    const [start, reset, ...rest] = found.map(({ event }) => event);
    expect([start?.type, reset, rest.at(-1)]).toMatchObject(["turn-start", { type: "text-reset", reason: "lagged" }, { type: "turn-end", outcome: { output: "all" } }]);
    expect(rest).toHaveLength(42);
  });

  it("reads no more of a turn that the gateway detaches it from, and may follow it again", async () => {
    const { live, events, say, tell } = await openTold();
    tell("text-delta", { text: "a" });
    say({ type: "detached", turn_id: "t", session_id: "http:a" });
    const reading = events[Symbol.asyncIterator]();
    expect(await reading.next()).toMatchObject({ value: { id: "1.1" } });
    await expect(reading.next()).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    const following = live.follow("t", { lastEventId: "1.1" });
    say({ type: "accepted", id: "2", turn_id: "t", session_id: "http:a", repeat: true });
    tell("turn-end", ended);
    expect((await all(await following)).map(({ id }) => id)).toEqual(["1.2"]);
  });

  it("is refused with a token that is not known, and where nobody listens", async () => {
    const { url, cut } = await openClient("tcp");
    await expect(connectSocket({ url, token: "omni_wrong" })).rejects.toMatchObject({ code: "egress.failed" });
    await cut();
    await expect(connectSocket({ url, token: "omni_wrong" })).rejects.toMatchObject({ code: "egress.failed", retryable: true });
  });

  it("is closed by the gateway when its token is revoked", async () => {
    const { url, runtime, host } = await openClient("tcp", { model: (_said, _request, signal) => stalling(never, signal) });
    const { token, name } = await runtime.tokens.add("guest", ["read", "chat"]);
    const live = await connectSocket({ url, token });
    const told = { code: "auth.missing", retryable: false, message: expect.stringContaining("the token is no longer good") };
    const reading = expect(all(await live.stream({ message: "go" }))).rejects.toMatchObject(told);
    await runtime.tokens.revoke(name);
    await host.clock.advance(1_000);
    expect(await live.closed).toBe(1008);
    await reading;
    await expect(live.cancel("t")).rejects.toMatchObject(told);
  });
});
