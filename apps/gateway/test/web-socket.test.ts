import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Model } from "./support/open-gateway.ts";
import type { Told } from "./support/open-socket.ts";
import { allEvents } from "./support/read-events.ts";
import { calling, hasResult, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket, refusalOf } from "./support/open-socket.ts";
import { statusOf } from "./support/raw-connection.ts";

const isEnd = (frame: Told): boolean => frame["event"] === "turn-end";
const isAccepted = (frame: Told): boolean => frame.type === "accepted";
const withId = (id: string) => (frame: Told): boolean => frame["id"] === id;
const never = new Promise<never>(() => undefined);

/** A model whose words come when they are let go, by what it is told. */
function gated(gates: Readonly<Record<string, Promise<unknown>>>): Model {
  return (said, _request, signal) => stalling(gates[said] ?? Promise.resolve(), signal, "re: ", said);
}

describe("a handshake", () => {
  it("says first who the client is taken for", async () => {
    const { until: first } = await openSocket(await openListening());
    expect(await first(() => true)).toEqual({ type: "hello", protocol: 1, principal: expect.stringMatching(/^token:/), scopes: ["read", "chat", "approve"], max_frame_bytes: 4_096 });
  });

  it("takes the token as a subprotocol, and chooses the protocol of the frames", async () => {
    const listening = await openListening();
    const both = await openSocket(listening, { token: "", protocols: ["omni.v1", `omni.bearer.${listening.token}`] });
    expect([both.socket.protocol, (await both.until(() => true)).type]).toEqual(["omni.v1", "hello"]);
    await openSocket(listening, { token: "", protocols: [`omni.bearer.${listening.token}`] });
    const browser = new WebSocket(`ws://127.0.0.1:${listening.port}/ws`, [`omni.bearer.${listening.token}`]);
    await once(browser, "open");
    browser.close();
  });

  it("is refused with its status before there is a WebSocket", async () => {
    const { port, token, tokenFor, ask } = await openListening();
    const bearer = (given: string): Record<string, string> => ({ authorization: `Bearer ${given}` });
    const statusFor = async (given: Parameters<typeof refusalOf>[1]): Promise<number> => (await refusalOf(port, given)).status;
    expect(await refusalOf(port)).toEqual({ status: 401, body: expect.stringContaining('"auth.missing"') });
    expect(await statusFor({ headers: bearer("omni_wrong") })).toBe(401);
    expect(await statusFor({ protocols: ["omni.bearer.omni_wrong"] })).toBe(401);
    expect(await statusFor({ headers: bearer(await tokenFor("approve")) })).toBe(403);
    expect(await statusFor({ headers: { ...bearer(token), origin: "http://evil.example" } })).toBe(403);
    expect(await statusFor({ headers: { ...bearer(token), origin: "null" } })).toBe(403);
    expect(await statusFor({ headers: { ...bearer(token), host: "evil.example" } })).toBe(403);
    expect(await statusFor({ headers: bearer(token), path: "/nothing" })).toBe(404);
    expect(await statusFor({ headers: bearer(token), path: "/asks" })).toBe(200);
    const turn = await ask("POST /message", { body: { message: "hi" } });
    const { turn_id } = (await turn.json()) as { turn_id: string };
    expect(await statusFor({ headers: { ...bearer(token), accept: "text/event-stream" }, path: `/turns/${turn_id}` })).toBe(400);
  });

  it("is 426 without an upgrade, and 400 where it is none", async () => {
    const { ask, raw, head } = await openListening();
    const plain = await ask("GET /ws");
    expect([plain.status, plain.headers.get("upgrade"), await plain.json()]).toEqual([426, "websocket", { error: expect.objectContaining({ code: "request.invalid" }) }]);
    for (const headers of [["Sec-WebSocket-Version: 12"], ["Sec-WebSocket-Version: 13"], ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"]]) {
      const connection = raw();
      connection.send(head("GET /ws", "Connection: Upgrade", "Upgrade: websocket", ...headers));
      const received = await connection.ended;
      expect([statusOf(received), received]).toEqual([400, expect.stringContaining('"request.invalid"')]);
    }
  });

  it("leaves alone a request that offers some other protocol", async () => {
    const { raw, head } = await openListening();
    const connection = raw();
    connection.send(head("GET /asks", "Connection: Upgrade, HTTP2-Settings, close", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"));
    expect(statusOf(await connection.until('{"asks":[]}'))).toBe(200);
  });

  it("is needed no token for on the owner's socket only", async () => {
    const { gateway } = await openListening();
    expect((await gateway.fetch(new Request("http://localhost/ws"), "socket")).status).toBe(426);
    expect((await gateway.fetch(new Request("http://localhost/ws"), "tcp")).status).toBe(401);
  });
});

describe("messages over a WebSocket", () => {
  it("are accepted, then told event by event as over server-sent events", async () => {
    const listening = await openListening({ tools: [toolSaying("test.say", "x")], model: (_said, request) => (hasResult(request) ? saying("a", "b") : calling("test.say", { n: 1 })) });
    const { say, until: told, frames } = await openSocket(listening);
    say({ type: "message", id: "m1", message: "hi", session_id: "a" });
    const accepted = await told(isAccepted);
    expect(accepted).toEqual({ type: "accepted", id: "m1", turn_id: expect.any(String), session_id: "http:a", repeat: false });
    const end = await told(isEnd);
    const events = frames.filter((frame) => frame.type === "event");
    expect(events.map((frame) => frame["event"])).toEqual(["turn-start", "tool-call", "tool-result", "text-delta", "turn-end"]);
    expect(events.every((frame) => frame["turn_id"] === accepted["turn_id"] && frame["session_id"] === "http:a")).toBe(true);
    const stream = await allEvents(await listening.ask(`GET /turns/${String(accepted["turn_id"])}`, { headers: { accept: "text/event-stream" } }));
    const withoutRequest = (data: unknown): unknown => JSON.parse(JSON.stringify(data).replace(/"requestId":"[^"]*"/, ""));
    expect(events.map((frame) => [frame["event"], frame["event_id"], withoutRequest(frame["data"])])).toEqual(stream.map(({ event, id, data }) => [event, id, withoutRequest(data)]));
    expect(end["data"]).toMatchObject({ status: "completed", output: "ab" });
  });

  it("of many sessions run side by side on one socket, and of one session in order", async () => {
    const gates = { one: Promise.withResolvers<void>(), two: Promise.withResolvers<void>(), three: Promise.withResolvers<void>() };
    const { say, until: told, frames } = await openSocket(await openListening({ model: gated({ one: gates.one.promise, two: gates.two.promise, three: gates.three.promise }) }));
    say({ type: "message", message: "one", session_id: "a" });
    say({ type: "message", message: "three", session_id: "a" });
    say({ type: "message", message: "two", session_id: "b" });
    gates.two.resolve();
    expect((await told(isEnd))["session_id"]).toBe("http:b");
    gates.one.resolve();
    await told((frame) => isEnd(frame) && JSON.stringify(frame).includes("re: one"));
    gates.three.resolve();
    await told((frame) => isEnd(frame) && JSON.stringify(frame).includes("re: three"));
    expect(frames.filter(isEnd).map((frame) => (frame["data"] as { output: string }).output)).toEqual(["re: two", "re: one", "re: three"]);
  });

  it("under one key are one turn, which the second joins", async () => {
    const { place, ...listening } = await openListening();
    const { say, until: told } = await openSocket({ place, ...listening });
    say({ type: "message", id: "a", message: "hi", idempotency_key: "k" });
    const [first] = [await told(withId("a")), await told(isEnd)];
    say({ type: "message", id: "b", message: "hi", idempotency_key: "k" });
    expect(await told(withId("b"))).toMatchObject({ turn_id: first["turn_id"], repeat: true });
    say({ type: "message", id: "c", message: "other", idempotency_key: "k" });
    expect(await told(withId("c"))).toMatchObject({ type: "error", error: { code: "request.mismatch" } });
    expect(place.state.turns.size).toBe(1);
  });

  it("are followed again from where a connection broke, without gap or repeat", async () => {
    const gate = Promise.withResolvers<void>();
    const listening = await openListening({
      async *model(_said, _request, signal) {
        yield { type: "text-delta", text: "one " };
        yield* stalling(gate.promise, signal, "two");
      },
    });
    const first = await openSocket(listening);
    first.say({ type: "message", message: "hi" });
    const seen = await first.until((frame) => frame["event"] === "text-delta");
    first.socket.terminate();
    gate.resolve();
    const second = await openSocket(listening);
    second.say({ type: "follow", id: "f", turn_id: seen["turn_id"], last_event_id: seen["event_id"] });
    await second.until(isEnd);
    expect(second.frames.filter((frame) => frame.type === "event").map((frame) => frame["event"])).toEqual(["text-delta", "turn-end"]);
  });

  it("are told from their beginning where the id may be one of an attempt that failed, or of no attempt", async () => {
    let asked = 0;
    const listening = await openListening({
      async *model() {
        asked += 1;
        if (asked === 1) throw new Error("no");
        yield* saying("two");
      },
    });
    const told = async (frame: object): Promise<readonly unknown[]> => {
      const { say, until: comes, frames } = await openSocket(listening);
      say({ type: "message", message: "hi", ...frame });
      await comes(isEnd);
      return frames.filter((each) => each.type === "event").map((each) => each["event"]);
    };
    const whole = ["turn-start", "text-delta", "turn-end"];
    expect((await told({ idempotency_key: "k" })).at(-1)).toBe("turn-end");
    expect(await told({ idempotency_key: "k" })).toEqual(whole);
    expect(await told({ idempotency_key: "k", last_event_id: "1.1" })).toEqual(["text-reset", ...whole]);
  });

  it("are stopped by cancel, and left alone by leave", async () => {
    const listening = await openListening({ model: (_said, _request, signal) => stalling(never, signal) });
    const { say, until: told, frames } = await openSocket(listening);
    say({ type: "message", id: "m", message: "hi" });
    const { turn_id } = await told(withId("m"));
    say({ type: "leave", id: "l", turn_id });
    expect(await told(withId("l"))).toEqual({ type: "done", id: "l", turn_id });
    say({ type: "cancel", id: "c", turn_id });
    expect(await told(withId("c"))).toEqual({ type: "done", id: "c", turn_id, status: "cancelled" });
    say({ type: "ping", id: "p" });
    expect(await told(withId("p"))).toEqual({ type: "pong", id: "p" });
    expect(frames.some(isEnd)).toBe(false);
  });

  it("that come to ask are answered on the same socket", async () => {
    const { say, until: told } = await openSocket(await openListening({ tools: [toolSaying("test.write", "ok")], verdict: "ask", model: (_said, request) => (hasResult(request) ? saying("done") : calling("test.write")) }));
    say({ type: "message", message: "hi" });
    const { ask_id } = (await told((frame) => frame["event"] === "ask"))["data"] as { ask_id: string };
    say({ type: "answer", id: "a", ask_id, decision: "allow" });
    expect(await told(withId("a"))).toEqual({ type: "done", id: "a", ask_id });
    expect((await told(isEnd))["data"]).toMatchObject({ tool_calls: [{ name: "test.write", status: "completed" }] });
  });

  it("take the scopes of each frame, not of the socket", async () => {
    const listening = await openListening();
    const reader = await openSocket(listening, { token: await listening.tokenFor("read") });
    reader.say({ type: "message", id: "m", message: "hi" });
    expect(await reader.until(withId("m"))).toMatchObject({ type: "error", error: { code: "auth.forbidden" } });
    reader.say({ type: "cancel", id: "c", turn_id: "t" });
    expect(await reader.until(withId("c"))).toMatchObject({ type: "error", error: { code: "auth.forbidden" } });
    const talker = await openSocket(listening, { token: await listening.tokenFor("chat") });
    talker.say({ type: "message", id: "m", message: "hi", session_id: "cli:a" });
    expect(await talker.until(withId("m"))).toMatchObject({ type: "error", error: { code: "session.foreign" } });
    talker.say({ type: "follow", id: "f", turn_id: "t" });
    expect(await talker.until(withId("f"))).toMatchObject({ type: "error", error: { code: "auth.forbidden" } });
  });

  it.each([
    ["{", undefined],
    ["[]", undefined],
    ["null", undefined],
    ['{"type":7}', undefined],
    ['{"type":"shout","id":"x"}', "x"],
    ['{"type":"message","id":"x"}', "x"],
    ['{"type":"message","id":"x","message":7}', "x"],
    ['{"type":"message","id":7,"message":"hi"}', undefined],
    [`{"type":"ping","id":"${"x".repeat(129)}"}`, undefined],
    ['{"type":"follow","id":"x"}', "x"],
    ['{"type":"follow","id":"x","turn_id":"../x"}', "x"],
    ['{"type":"message","id":"x","message":"hi","last_event_id":"x"}', "x"],
    ['{"type":"message","id":"x","message":"hi","last_event_id":"1.1"}', "x"],
    ['{"type":"answer","id":"x","ask_id":"none","decision":"allow"}', "x"],
    ['{"type":"message","id":"x","message":" "}', "x"],
    ['{"type":"message","id":"x","message":"hi","idempotency_key":"a b"}', "x"],
    ['{"__proto__":{"type":"ping"},"constructor":1}', undefined],
  ])("that are wrong are told what is, and the socket stays open: %s", async (frame, id) => {
    const { place, ...listening } = await openListening();
    const { say, until: told } = await openSocket({ place, ...listening });
    say(frame);
    const error = await told((each) => each.type === "error");
    expect([error["id"], error["error"]]).toEqual([id, { code: expect.stringMatching(/^(request|turn|ask|message)\./), message: expect.any(String), requestId: expect.any(String) }]);
    say({ type: "ping", id: "still" });
    await told(withId("still"));
    expect(place.state.turns.size).toBe(0);
  });
});

describe("the life of a WebSocket", () => {
  it("ends within a second after its token was revoked, and tells nothing more", async () => {
    const listening = await openListening({ model: (_said, _request, signal) => stalling(never, signal) });
    const { token, name } = await listening.runtime.tokens.add("guest", ["chat"]);
    const [guest, other] = [await openSocket(listening, { token }), await openSocket(listening)];
    guest.say({ type: "message", message: "hi" });
    await guest.until(isAccepted);
    await listening.runtime.tokens.revoke(name);
    await listening.host.clock.advance(1_000);
    expect(await guest.closed).toEqual({ code: 1008, reason: "the token is no longer good" });
    other.say({ type: "ping", id: "p" });
    await other.until(withId("p"));
  });

  it("ends when the gateway stops, and nothing holds the listener", async () => {
    const { gateway, listener, runtime, ...rest } = await openListening({ model: (_said, _request, signal) => stalling(never, signal) });
    const { say, until: told, closed } = await openSocket({ gateway, listener, runtime, ...rest });
    say({ type: "message", message: "hi" });
    await told(isAccepted);
    await runtime.close();
    await told((frame) => frame.type === "detached");
    gateway.enter("closed");
    expect((await closed).code).toBe(1012);
    await listener.close(0);
  });

  it("is dropped with its listener when the client does not hear that it ends", async () => {
    const { gateway, listener, ...rest } = await openListening();
    const { socket, until: told } = await openSocket({ gateway, listener, ...rest });
    await told(() => true);
    socket.pause();
    gateway.enter("closed");
    await listener.close(0);
  });

  it("ends when it does not answer pings, and not while it does", async () => {
    const listening = await openListening();
    const [deaf, alive] = [await openSocket(listening), await openSocket(listening)];
    deaf.socket.pause();
    const beat = async (): Promise<void> => {
      const pinged = once(alive.socket, "ping");
      await listening.host.clock.advance(30_000);
      await pinged;
      alive.say({ type: "ping", id: String(listening.host.clock.now()) });
      await alive.until(withId(String(listening.host.clock.now())));
    };
    await beat();
    await beat();
    deaf.socket.resume();
    expect((await deaf.closed).code).toBe(1006);
    alive.say({ type: "ping", id: "p" });
    await alive.until(withId("p"));
  });

  it("waits for a reader that does not read instead of filling memory, and frees what served one that leaves", async () => {
    const pieces = Array.from({ length: 3_000 }, () => "x".repeat(4_000));
    const listening = await openListening({ model: () => saying(...pieces) });
    const slow = await openSocket(listening);
    await slow.until(() => true);
    slow.socket.pause();
    slow.say({ type: "message", message: "hi" });
    await until(() => listening.place.state.turns.size === 1);
    const turnId = [...listening.place.state.turns.keys()][0] ?? "";
    await listening.runtime.follow(turnId)?.outcome;
    const quick = await openSocket(listening);
    quick.say({ type: "ping", id: "p" });
    await quick.until(withId("p"));
    slow.socket.resume();
    const end = await slow.until(isEnd);
    expect((end["data"] as { output: string }).output).toHaveLength(12_000_000);
    expect(slow.frames.some((frame) => frame["event"] === "text-reset")).toBe(true);
  });

  it.each([
    ["asks on", 2_500, "x"],
    ["asks for many bytes of few characters", 900, "\u20ac"],
  ])("ends when the client %s and reads nothing, but not for an event that is large", async (_what, count, letter) => {
    const listening = await openListening({ model: () => saying(..."x".repeat(12).split("").map((each) => each.repeat(1_000_000))) });
    const { socket, say, until: told, closed } = await openSocket(listening);
    await told(() => true);
    socket.pause();
    say({ type: "message", message: "hi" });
    await until(() => listening.place.state.turns.size === 1);
    await listening.runtime.follow([...listening.place.state.turns.keys()][0] ?? "")?.outcome;
    for (let index = 0; index < 10; index += 1) say({ type: "ping", id: String(index) });
    const isOpen = async (): Promise<boolean> => (await (await listening.ask("GET /metrics", { transport: "socket" })).text()).includes("omni_websockets_open 1");
    for (let look = 0; look < 20; look += 1) expect(await isOpen()).toBe(true);
    for (let index = 0; index < count; index += 1) say({ type: "ping", id: letter.repeat(120) });
    while (await isOpen()) await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
    expect((await closed).code).toBe(1006);
  });

  it.each([
    ["a binary frame", (socket: { send(data: Buffer): void }) => socket.send(Buffer.from("{}")), 1003],
    ["a frame larger than a body may be", (socket: { send(data: string): void }) => socket.send(`{"type":"ping","id":"${"x".repeat(5_000)}"}`), 1009],
  ])("ends with %s", async (_what, send, code) => {
    const { socket, closed } = await openSocket(await openListening());
    send(socket);
    expect((await closed).code).toBe(code);
  });

  it("ends with text that is not UTF-8", async () => {
    const { socket, closed } = await openSocket(await openListening());
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await closed).code).toBe(1007);
  });

  it("follows a bounded number of turns at once, and refuses a further one for now", async () => {
    const { say, until: told } = await openSocket(await openListening({ model: (_said, _request, signal) => stalling(never, signal) }));
    for (let index = 0; index <= 64; index += 1) say({ type: "message", id: `m${index}`, message: "hi", session_id: `s${index}` });
    expect((await told(withId("m63"))).type).toBe("accepted");
    expect(await told(withId("m64"))).toMatchObject({ type: "error", error: { code: "request.too-many", retry_after_ms: 5_000 } });
  });

  it("follows further what is pressing or followed already, also that a bounded number", async () => {
    const { say, until: told } = await openSocket(await openListening({ model: (_said, _request, signal) => stalling(never, signal) }));
    for (let index = 0; index < 64; index += 1) say({ type: "message", id: `m${index}`, message: "hi", session_id: `s${index}`, idempotency_key: `k${index}` });
    const { turn_id } = await told(withId("m0"));
    await told(withId("m63"));
    say({ type: "follow", id: "followed", turn_id });
    say({ type: "message", id: "joined", message: "hi", session_id: "s1", idempotency_key: "k1" });
    say({ type: "message", id: "command", message: "/status", session_id: "s2" });
    for (const id of ["followed", "joined", "command"]) expect(await told(withId(id))).toMatchObject({ type: "accepted", id });
    await told((frame) => isEnd(frame) && frame["session_id"] === "http:s2");
    for (let index = 0; index <= 16; index += 1) say({ type: "message", id: `i${index}`, message: "now", session_id: `i${index}`, mode: "interrupt" });
    expect(await told(withId("i16"))).toMatchObject({ type: "error", error: { code: "request.too-many" } });
    for (let index = 0; index < 16; index += 1) expect((await told(withId(`i${index}`))).type).toBe("accepted");
  });

  it("names the frame beyond those it may send, also a large one, where its id comes soon", async () => {
    const { say, until: told, frames } = await openSocket(await openListening());
    for (let index = 0; index < 1_000; index += 1) say({ type: "ping" });
    say({ id: "large", type: "message", message: "x".repeat(2_000) });
    say({ type: "message", message: "x".repeat(2_000), id: "late" });
    say("no JSON");
    say({ type: "ping", id: "small" });
    expect(await told(withId("small"))).toMatchObject({ type: "error", error: { code: "request.too-many" } });
    expect(frames.filter(({ type }) => type === "error").map(({ id, error }) => [id, (error as { code: string }).code])).toEqual(["large", undefined, undefined, "small"].map((id) => [id, "request.too-many"]));
  });

  it("takes a bounded number of frames a second", async () => {
    const { say, until: told } = await openSocket(await openListening());
    for (let index = 0; index <= 1_000; index += 1) say({ type: "ping", id: `p${index}` });
    expect((await told(withId("p999"))).type).toBe("pong");
    expect(await told(withId("p1000"))).toMatchObject({ type: "error", error: { code: "request.too-many", retry_after_ms: expect.any(Number) } });
  });
});
