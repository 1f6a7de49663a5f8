import { describe, expect, it } from "vitest";
import type { Model } from "./support/open-gateway.ts";
import type { Frame } from "./support/read-events.ts";
import { FrameResponse } from "../src/responses.ts";
import { allEvents, readEvents } from "./support/read-events.ts";
import { createTokenOutage } from "./support/token-outage.ts";
import { calling, hasResult, openGateway, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";

const stream = { accept: "text/event-stream" };
const body = { message: "hi" };

function types(frames: readonly Frame[]): readonly string[] {
  return frames.map((frame) => frame.event);
}

/** A model that says two pieces, one before and one after it is let go. */
function inTwoPieces(gate: Promise<unknown>): Model {
  return async function* (_said, _request, signal) {
    yield { type: "text-delta", text: "one " };
    yield* stalling(gate, signal, "two");
  };
}

describe("a stream of POST /message", () => {
  it("shows the turn event by event and ends with the JSON answer", async () => {
    const tools = [toolSaying("test.say", `${"é".repeat(199)}😀tail`)];
    const { ask } = await openGateway({ tools, model: (_said, request) => (hasResult(request) ? saying("a", "b\n\nc") : calling("test.say", { x: "\n" })) });
    const headers = { ...stream, "idempotency-key": "k" };
    const response = await ask("POST /message", { body, headers });
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-accel-buffering")]).toEqual([200, "text/event-stream; charset=utf-8", "no"]);
    const frames = await allEvents(response);
    expect(types(frames)).toEqual(["turn-start", "tool-call", "tool-result", "text-delta", "turn-end"]);
    expect(frames.every((frame) => /^1\.\d+$/.test(frame.id))).toBe(true);
    const [start, call, result, delta, end] = frames;
    expect(start?.data).toEqual({ turn_id: expect.any(String), session_id: "http:default" });
    expect(call?.data).toEqual({ call_id: "r1c0", name: "test.say", arguments: { x: "\n" } });
    expect(result?.data).toEqual({ call_id: "r1c0", name: "test.say", status: "completed", preview: `${"é".repeat(199)}😀`, lines: 1 });
    // Two pieces that came close together.
    expect(delta?.data).toEqual({ text: "ab\n\nc" });
    const answer = await ask("POST /message", { body, headers: { "idempotency-key": "k" } });
    expect(await answer.json()).toEqual(end?.data);
  });

  it("ends with the failure when the turn fails, with status 200 as it had begun", async () => {
    const { ask } = await openGateway({ model: (_said, request) => calling("test.none", { n: request.messages.length }) });
    const frames = await allEvents(await ask("POST /message", { body, headers: stream }));
    expect(frames.at(-1)).toMatchObject({ event: "turn-end", data: { status: "limited", error: { code: "turn.limited" } } });
  });

  it("refuses in JSON what is wrong before the turn begins", async () => {
    const { ask } = await openGateway();
    const response = await ask("POST /message", { body: {}, headers: stream });
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/json; charset=utf-8"]);
    expect((await ask("POST /message", { body, headers: { ...stream, "last-event-id": "x\t1" } })).status).toBe(400);
  });

  it("says that it lives every 15 s of silence", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, host } = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const events = readEvents(await ask("POST /message", { body, headers: stream }));
    expect((await events.next()).value?.data).toMatch(/^: turn /);
    expect((await events.next()).value?.event).toBe("turn-start");
    for (let beat = 0; beat < 2; beat += 1) {
      const next = events.next();
      await host.clock.advance(15_000);
      expect((await next).value?.data).toBe(": keep-alive");
    }
    gate.resolve();
    expect((await events.next()).value?.event).toBe("text-delta");
  });

  it("stays open while the turn waits for a person, and goes on with the answer", async () => {
    const tools = [toolSaying("test.write", "written")];
    const { ask } = await openGateway({ tools, verdict: "ask", model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.write", { a: 1 })) });
    const seen: Frame[] = [];
    for await (const frame of readEvents(await ask("POST /message", { body, headers: stream }))) {
      seen.push(frame);
      if (frame.event !== "ask") continue;
      expect(frame.data).toEqual({ ask_id: expect.any(String), kind: "approval", tool: "test.write", arguments: { a: 1 }, reason: "the test says so", expires_at: "2023-11-15T22:13:20.000Z" });
      const { ask_id } = frame.data as { ask_id: string };
      expect((await ask(`POST /asks/${ask_id}`, { body: { decision: "allow" } })).status).toBe(200);
    }
    expect(types(seen).slice(1)).toEqual(["turn-start", "ask", "answer", "tool-call", "tool-result", "text-delta", "turn-end"]);
  });

  it("frees everything when the reader leaves, and the turn goes on", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, host, runtime, place } = await openGateway({ model: inTwoPieces(gate.promise) });
    const response = await ask("POST /message", { body, headers: stream });
    const reader = response.body?.getReader();
    await reader?.read();
    await until(() => [...place.state.turns.values()][0]?.events.some((event) => event.type === "model-call") === true);
    const before = host.clock.pending;
    const silent = reader?.read();
    await reader?.cancel();
    await silent;
    await until(() => host.clock.pending < before);
    gate.resolve();
    expect(await runtime.follow([...place.state.turns.keys()][0] ?? "")?.outcome).toMatchObject({ output: "one two" });
    await until(() => host.clock.pending === 0);
  });

  it("holds a turn up for no reader that does not read", async () => {
    const { ask, runtime, place } = await openGateway({ model: () => saying(...Array.from({ length: 10_000 }, (_, index) => `${index} `)) });
    const response = await ask("POST /message", { body, headers: stream });
    await until(() => place.state.turns.size === 1);
    await runtime.follow([...place.state.turns.keys()][0] ?? "")?.outcome;
    const frames = await allEvents(response);
    expect(frames.at(-1)).toMatchObject({ event: "turn-end", data: { status: "completed" } });
  });

  it("ends within a second of the token's revocation", async () => {
    const { ask, host, runtime } = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const { token, name } = await runtime.tokens.add("watched", ["chat"]);
    const rest = allEvents(await ask("POST /message", { body, headers: stream, token }));
    await until(() => host.clock.pending > 0);
    await host.clock.advance(1_000);
    await runtime.tokens.revoke(name);
    await host.clock.advance(1_000);
    expect(types(await rest)).toEqual(["turn-start"]);
  });

  it("has its reader dropped a second after that, where the reader holds the end up", async () => {
    const { ask, host, runtime } = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const { token, name } = await runtime.tokens.add("watched", ["chat"]);
    const response = await ask("POST /message", { body, headers: stream, token });
    if (!(response instanceof FrameResponse)) throw new Error("no frames");
    await response.frames.next();
    await runtime.tokens.revoke(name);
    const looked: boolean[] = [];
    for (const step of [500, 999, 1]) {
      await host.clock.advance(step);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      looked.push(response.dropped.aborted);
    }
    expect([looked, await response.frames.next()]).toEqual([[false, false, true], { done: true, value: undefined }]);
  });

  it("outlives a store that cannot be read for a moment, and not one that cannot for a second", async () => {
    const outage = createTokenOutage();
    const { ask, host } = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal), wrapStore: outage.wrap });
    let hasEnded = false;
    const rest = allEvents(await ask("POST /message", { body, headers: stream })).finally(() => (hasEnded = true));
    await until(() => host.clock.pending > 0);
    for (const isOn of [true, true, false, true, true]) {
      outage.isOn = isOn;
      await host.clock.advance(500);
      await new Promise((resolve) => setImmediate(resolve));
      expect(hasEnded).toBe(false);
    }
    await host.clock.advance(500);
    expect(types(await rest)).toEqual(["turn-start"]);
  });
});

describe("resuming a stream", () => {
  it.each([stream, {}])("needs the key of its message, or it would be another one: %j", async (accept) => {
    const { ask, place } = await openGateway();
    const response = await ask("POST /message", { body, headers: { ...accept, "last-event-id": "1.2" } });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid", message: expect.stringContaining("Idempotency-Key") }) }]);
    expect(place.state.turns.size).toBe(0);
  });

  it("goes on without gap or repeat, by the same key or by the turn's id", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask } = await openGateway({ model: inTwoPieces(gate.promise) });
    const headers = { ...stream, "idempotency-key": "k" };
    const seen: Frame[] = [];
    for await (const frame of readEvents(await ask("POST /message", { body, headers }))) {
      if (frame.event !== "") seen.push(frame);
      if (frame.event === "text-delta") break;
    }
    const begun = seen[0]?.data;
    const turnId = typeof begun === "object" && begun !== null && "turn_id" in begun ? String(begun.turn_id) : "";
    const resumed = { ...headers, "last-event-id": seen.at(-1)?.id ?? "" };
    const [byKey, byId] = [await ask("POST /message", { body, headers: resumed }), await ask(`GET /turns/${turnId}`, { headers: resumed })];
    gate.resolve();
    const rest = await allEvents(byKey);
    expect([types(rest), rest[0]?.data]).toEqual([["text-delta", "turn-end"], { text: "two" }]);
    expect((await allEvents(byId)).slice(0, -1)).toEqual(rest.slice(0, -1));
    expect(await allEvents(await ask("POST /message", { body, headers: { ...headers, "last-event-id": rest.at(-1)?.id ?? "" } }))).toEqual([]);
  });

  it("tells the end of a turn that was stopped while it waited, to who reads and to who comes later", async () => {
    const { ask, place } = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    await ask("POST /message?wait=false", { body });
    const waiting = await ask("POST /message", { body: { message: "later" }, headers: stream });
    const turnId = [...place.state.turns.keys()].at(-1) ?? "";
    expect(await (await ask(`POST /turns/${turnId}/cancel`)).json()).toEqual({ turn_id: turnId, status: "cancelled" });
    for (const response of [waiting, await ask(`GET /turns/${turnId}`, { headers: stream })]) expect((await allEvents(response)).at(-1)).toMatchObject({ event: "turn-end", data: { status: "cancelled", turn_id: turnId } });
  });

  it("goes on with the newest attempt of a message that failed before", async () => {
    let asked = 0;
    const { ask, place } = await openGateway({
      async *model() {
        asked += 1;
        if (asked === 1) throw new Error("no");
        yield* saying("two");
      },
    });
    const headers = { ...stream, "idempotency-key": "k" };
    expect((await allEvents(await ask("POST /message", { body, headers }))).at(-1)?.data).toMatchObject({ status: "failed" });
    const second = await allEvents(await ask("POST /message", { body, headers }));
    expect(second.at(-1)?.data).toMatchObject({ status: "completed", output: "two" });
    const resumed = await allEvents(await ask("POST /message", { body, headers: { ...headers, "last-event-id": second[0]?.id ?? "" } }));
    // Whether an id was one of the first attempt nobody can say: it might skip what was never seen.
    expect([resumed, place.state.turns.size]).toEqual([[{ event: "text-reset", id: "0.0", data: { reason: "recovered" } }, ...second], 2]);
    const turn_id = (second[0]?.data as { readonly turn_id: string } | undefined)?.turn_id ?? "";
    expect(await allEvents(await ask(`GET /turns/${turn_id}`, { headers: { ...stream, "last-event-id": second[0]?.id ?? "" } }))).toEqual(second.slice(1));
  });

  it("tells the newest attempt from its beginning to who saw the first, also before it has begun", async () => {
    let isDown = true;
    const gate = Promise.withResolvers<void>();
    const { ask, place } = await openGateway({
      async *model(_said, _request, signal) {
        if (isDown) throw new Error("no");
        yield* stalling(gate.promise, signal, "done");
      },
    });
    const headers = { ...stream, "idempotency-key": "k" };
    const first = await allEvents(await ask("POST /message", { body, headers }));
    isDown = false;
    await ask("POST /message?wait=false", { body: { message: "before it" } });
    await ask("POST /message?wait=false", { body, headers: { "idempotency-key": "k" } });
    const resumed = readEvents(await ask("POST /message", { body, headers: { ...headers, "last-event-id": first[0]?.id ?? "" } }));
    expect((await resumed.next()).value?.event).toBe("");
    expect((await resumed.next()).value).toEqual({ event: "text-reset", id: "0.0", data: { reason: "recovered" } });
    gate.resolve();
    const rest: Frame[] = [];
    for await (const frame of resumed) rest.push(frame);
    expect([types(rest), place.state.turns.size]).toEqual([["turn-start", "text-delta", "turn-end"], 3]);
  });

  it("tells a message that is new under its key from its beginning", async () => {
    const { ask } = await openGateway();
    const frames = await allEvents(await ask("POST /message", { body, headers: { ...stream, "idempotency-key": "k", "last-event-id": "1.2" } }));
    expect(types(frames)).toEqual(["text-reset", "turn-start", "text-delta", "turn-end"]);
  });

  it("says text-reset to an id it does not know, then shows all that is kept", async () => {
    const { ask } = await openGateway();
    const headers = { ...stream, "idempotency-key": "k" };
    await allEvents(await ask("POST /message", { body, headers }));
    const frames = await allEvents(await ask("POST /message", { body, headers: { ...headers, "last-event-id": "7.7" } }));
    expect(types(frames)).toEqual(["text-reset", "turn-start", "text-delta", "turn-end"]);
    expect(frames[0]?.data).toEqual({ reason: "recovered" });
  });

  it("gives the end of a turn of an earlier process", async () => {
    const first = await openGateway();
    const headers = { ...stream, "idempotency-key": "k" };
    const end = (await allEvents(await first.ask("POST /message", { body, headers }))).at(-1)?.data as { turn_id: string };
    await first.runtime.close();
    const { ask } = await openGateway({ place: first.place, token: first.token });
    for (const again of [await ask("POST /message", { body, headers }), await ask("POST /message", { body, headers: { ...headers, "last-event-id": "1.3" } }), await ask(`GET /turns/${end.turn_id}`, { headers })]) {
      expect(await allEvents(again)).toEqual([{ event: "turn-end", id: "0.1", data: end }]);
    }
  });

  it("goes on with a turn that a dead process left, after a text-reset", async () => {
    const first = await openGateway({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const headers = { ...stream, "idempotency-key": "k" };
    const cut = allEvents(await first.ask("POST /message", { body, headers }));
    await until(() => [...first.place.state.turns.values()][0]?.events.some((event) => event.type === "model-call") === true);
    await first.runtime.close();
    expect(types(await cut)).toEqual(["turn-start"]);
    const second = await openGateway({ place: first.place, token: first.token });
    expect(await second.runtime.recover()).toBe(1);
    const frames = await allEvents(await second.ask("POST /message", { body, headers: { ...headers, "last-event-id": "1.1" } }));
    expect(types(frames).filter((type, index, all) => type !== all[index - 1])).toEqual(["text-reset", "turn-start", "text-delta", "turn-end"]);
    expect(frames.at(-1)).toMatchObject({ id: expect.stringMatching(/^2\./), data: { status: "completed", output: "You said: hi" } });
  });
});
