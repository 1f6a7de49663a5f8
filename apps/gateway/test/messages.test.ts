import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Tool } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSha256 } from "@omni/runtime";
import type { Model, OpenRuntimeOptions } from "./support/open-gateway.ts";
import { calling, echo, hasResult, openGateway, saying, stalling, toolSaying, until } from "./support/open-gateway.ts";
import { createTokenOutage } from "./support/token-outage.ts";
import { toIncomingMessage } from "../src/message-request.ts";

async function* failing(code: "provider.unauthorised" | "no-model" | "files.full"): AsyncGenerator<never, void, undefined> {
  throw new OmniError(code, "It does not work; do something else.");
}

describe("POST /message", () => {
  it("answers with the words of the model", async () => {
    const { ask } = await openGateway();
    const response = await ask("POST /message", { body: { message: "hello" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      output: "You said: hello",
      session_id: "http:default",
      turn_id: expect.any(String),
      status: "completed",
      rounds: 1,
      tool_calls: [],
      usage: { input_tokens: 12, output_tokens: 3 },
      error: null,
    });
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  it("takes the session of the body, else of the header, else the default", async () => {
    const { ask } = await openGateway();
    const headers = { "x-session-id": "two" };
    expect(await (await ask("POST /message", { body: { message: "hi", session_id: "one" }, headers })).json()).toMatchObject({ session_id: "http:one" });
    expect(await (await ask("POST /message", { body: { message: "hi" }, headers })).json()).toMatchObject({ session_id: "http:two" });
    expect(await (await ask("POST /message", { body: { message: "hi", session_id: null } })).json()).toMatchObject({ session_id: "http:default" });
  });

  it("is refused at its end, with nothing of the answer, where the token was revoked meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, host, runtime, place } = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "a secret") });
    const asking = ask("POST /message", { body: { message: "hi" } });
    await until(() => [...place.state.turns.values()][0]?.events.some((event) => event.type === "model-call") === true);
    const [{ name } = { name: "" }] = await runtime.tokens.list();
    await runtime.tokens.revoke(name);
    await host.clock.advance(1_000);
    gate.resolve();
    const response = await asking;
    expect([response.status, await response.json()]).toEqual([401, { error: { code: "auth.missing", message: expect.stringContaining("revoked") as string, requestId: expect.any(String) as string } }]);
  });

  it("is answered as it ended where whether the token is good cannot be read by then", async () => {
    const gate = Promise.withResolvers<void>();
    const outage = createTokenOutage();
    const { ask, host, place } = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done"), wrapStore: outage.wrap });
    const asking = ask("POST /message", { body: { message: "hi" } });
    await until(() => [...place.state.turns.values()][0]?.events.some((event) => event.type === "model-call") === true);
    outage.isOn = true;
    await host.clock.advance(1_000);
    gate.resolve();
    const response = await asking;
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ output: "done" })]);
  });

  it("hands the model of the request on", async () => {
    const { ask } = await openGateway({ model: (_said, request) => saying(request.model ?? "none") });
    expect(await (await ask("POST /message", { body: { message: "hi", model: "big-one" } })).json()).toMatchObject({ output: "big-one" });
  });

  it.each([
    ["message.empty", 400, { message: "   " }],
    ["request.invalid", 400, {}],
    ["request.invalid", 400, { message: 7 }],
    ["request.invalid", 400, { message: "hi", session_id: {} }],
    ["request.invalid", 400, { message: "hi", interactive: "yes" }],
    ["session.invalid", 400, { message: "hi", session_id: "Bad Channel:x" }],
    ["message.invalid", 400, { message: "a\u0000b" }],
    ["session.foreign", 403, { message: "hi", session_id: "telegram:1" }],
    ["auth.forbidden", 403, { message: "hi", autonomy: "full" }],
    ["auth.forbidden", 403, { message: "hi", workspace: "/" }],
    ["auth.forbidden", 403, { message: "hi", max_rounds: 100 }],
  ])("refuses with %s and %i", async (code, status, body) => {
    const { ask, place } = await openGateway();
    const response = await ask("POST /message", { body });
    expect([response.status, await response.json()]).toEqual([status, { error: { code, message: expect.any(String), requestId: response.headers.get("x-request-id") } }]);
    expect(place.state.turns.size).toBe(0);
  });

  it("names the field that has the wrong type", async () => {
    const { ask } = await openGateway();
    expect(await (await ask("POST /message", { body: { message: "hi", model: 3 } })).json()).toMatchObject({ error: { message: '"model" must be a string.' } });
  });

  it("ignores fields it does not know, also ones that look like a prototype", async () => {
    const { ask } = await openGateway();
    const raw = '{"__proto__":{"autonomy":"full","session_id":"telegram:1"},"constructor":1,"extra":[1],"message":"first","message":"second"}';
    expect(await (await ask("POST /message", { raw })).json()).toMatchObject({ output: "You said: second", session_id: "http:default" });
  });

  it("lets the owner say how far a turn may go, and work in every session", async () => {
    const { ask, place } = await openGateway();
    const body = { message: "hi", session_id: "cli:default", autonomy: "readonly", interactive: false, max_rounds: 2, timeout: 9 };
    expect((await ask("POST /message", { body, transport: "socket", token: "" })).status).toBe(200);
    const input = [...place.state.turns.values()][0]?.input;
    expect(input).toMatchObject({ sessionId: "cli:default", autonomy: "readonly", interactive: false, limits: { maxRounds: 2, timeoutMs: 9_000 }, principal: { id: "owner" }, origin: "http" });
  });

  it("keeps paths of the host from principals without scope admin", async () => {
    const { ask, runtime } = await openGateway();
    const gone = { message: "hi", workspace: `${runtime.paths.workspace}/gone` };
    const owner = await ask("POST /message", { body: gone, transport: "socket" });
    expect([owner.status, await owner.text()]).toEqual([400, expect.stringContaining(runtime.paths.workspace)]);
    rmSync(runtime.paths.workspace, { recursive: true });
    const guest = await ask("POST /message", { body: { message: "hi" } });
    const told = await guest.text();
    expect([guest.status, told]).toEqual([400, expect.stringContaining("The workspace does not exist or is no folder.")]);
    expect(told).not.toContain(runtime.paths.home);
  });

  it("asks nobody to come again for a turn that has ended", async () => {
    const { ask } = await openGateway({ model: () => failing("files.full") });
    const response = await ask("POST /message", { body: { message: "hi" } });
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([500, null, expect.objectContaining({ status: "failed", error: expect.objectContaining({ code: "files.full" }) })]);
  });

  it.each([
    ["provider.unauthorised", 502],
    ["no-model", 502],
  ] as const)("answers a turn that failed with %s with %i and says which turn", async (code, status) => {
    const { ask } = await openGateway({ model: () => failing(code) });
    const response = await ask("POST /message", { body: { message: "hi" } });
    expect(response.status).toBe(status);
    const requestId = response.headers.get("x-request-id");
    expect(await response.json()).toMatchObject({ status: "failed", turn_id: expect.any(String), output: "", error: { code, message: "It does not work; do something else.", requestId } });
  });

  it("tells nothing of a defect", async () => {
    const { ask } = await openGateway({
      model: () => {
        throw new TypeError("cannot read /etc/secret");
      },
    });
    const response = await ask("POST /message", { body: { message: "hi" } });
    const body = await response.text();
    expect([response.status, body]).toEqual([500, expect.stringContaining('"internal"')]);
    expect(body).not.toContain("secret");
  });

  it("answers 504 with what there is when the turn passed its deadline", async () => {
    const asked = Promise.withResolvers<void>();
    const model: Model = (_said, _request, signal) => {
      asked.resolve();
      return stalling(new Promise(() => undefined), signal);
    };
    const { ask, host } = await openGateway({ model });
    const pending = ask("POST /message", { body: { message: "hi" } });
    await asked.promise;
    await host.clock.advance(60_000);
    const response = await pending;
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ status: "limited", output: expect.stringContaining("60 s"), turn_id: expect.any(String), error: { code: "turn.timeout" } });
  });

  it("answers 200 with status limited when the rounds ran out", async () => {
    const { ask } = await openGateway({ model: (_said, request) => calling("test.none", { n: request.messages.length }) });
    const response = await ask("POST /message", { body: { message: "hi" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "limited", rounds: 5, error: { code: "turn.limited" } });
  });

  it("accepts without waiting when asked to", async () => {
    const { ask, runtime } = await openGateway();
    const response = await ask("POST /message?wait=false", { body: { message: "hi" } });
    const body = (await response.json()) as { turn_id: string };
    expect([response.status, body]).toEqual([202, { turn_id: expect.any(String), session_id: "http:default", status: "queued" }]);
    await runtime.follow(body.turn_id)?.outcome;
    expect(await (await ask(`GET /turns/${body.turn_id}`)).json()).toMatchObject({ status: "completed", output: "You said: hi" });
  });

  it("accepts without waiting also where the client takes events", async () => {
    const { ask } = await openGateway();
    const response = await ask("POST /message?wait=false", { body: { message: "hi" }, headers: { accept: "text/event-stream" } });
    expect([response.status, await response.json()]).toEqual([202, { turn_id: expect.any(String), session_id: "http:default", status: "queued" }]);
  });

  it.each(["wait=", "wait=no", "wait=0", "wait=False", "wait=false&wait=false", "wait=true&wait=false"])("refuses ?%s, and takes nothing", async (query) => {
    const { ask, place } = await openGateway();
    const response = await ask(`POST /message?${query}`, { body: { message: "hi" } });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: "request.invalid", message: expect.stringContaining('"wait"') }) }]);
    expect(place.state.turns.size).toBe(0);
    expect((await ask("POST /message?wait=true", { body: { message: "hi" } })).status).toBe(200);
  });

  it("picks the same session by the header as by the body, in whatever letters", async () => {
    const { ask } = await openGateway();
    const headers = { "x-session-id": Buffer.from("Grüße 🙂").toString("latin1") };
    expect(await (await ask("POST /message", { body: { message: "hi" }, headers })).json()).toMatchObject({ session_id: "http:Grüße 🙂" });
    const broken = await ask("POST /message", { body: { message: "hi" }, headers: { "x-session-id": "Gr\u00fc\u00dfe" } });
    expect([broken.status, await broken.json()]).toEqual([400, { error: expect.objectContaining({ code: "session.invalid" }) }]);
  });

  it("goes on with the turn when the client leaves", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, runtime, place } = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const leaving = new AbortController();
    const pending = ask("POST /message", { body: { message: "hi" }, signal: leaving.signal });
    await until(() => place.state.turns.size === 1);
    leaving.abort();
    expect((await pending).status).toBe(499);
    gate.resolve();
    const turnId = [...place.state.turns.keys()][0] ?? "";
    expect(await runtime.follow(turnId)?.outcome).toMatchObject({ status: "completed", output: "done" });
  });

  it("says when to try again while it drains", async () => {
    const { ask, runtime } = await openGateway();
    await runtime.drain(0);
    const response = await ask("POST /message", { body: { message: "hi" } });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  });

  it("answers 429 when too many messages wait in the session", async () => {
    const { ask } = await openGateway({
      model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal),
      wrapStore: (store) => ({ ...store, accept: (turn) => store.accept({ ...turn, queueLimit: 19 }) }),
    });
    for (let count = 0; count < 20; count += 1) await ask("POST /message?wait=false", { body: { message: "hi" } });
    const response = await ask("POST /message?wait=false", { body: { message: "hi" } });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "5"]);
    expect((await ask("POST /message?wait=false", { body: { message: "hi", session_id: "other" } })).status).toBe(202);
  });

  it("answers 202 with the asks when the turn waits for a person", async () => {
    const tool = toolSaying("test.write", "written");
    const { ask } = await openGateway({ tools: [tool], verdict: "ask", model: (_said, request) => (hasResult(request) ? saying("ok") : calling("test.write", { a: 1 })) });
    const response = await ask("POST /message", { body: { message: "write" } });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: "waiting", session_id: "http:default", turn_id: expect.any(String), asks: [{ kind: "approval", tool: "test.write", arguments: { a: 1 } }] });
  });
});

describe("a message behind a turn of its session that waits for a person", () => {
  /** A model that has a tool called which asks for what is to be written, and answers all else at once. */
  const writing: OpenRuntimeOptions = { tools: [toolSaying("test.write", "written")], verdict: "ask", model: (said, request) => (said === "write" && !hasResult(request) ? calling("test.write") : saying(`re: ${said}`)) };

  it.each(["queue", "steer", "collect"])("is answered 202 with status queued, in mode %s, and ends after it", async (mode) => {
    const { ask, runtime } = await openGateway(writing);
    const { asks } = (await (await ask("POST /message", { body: { message: "write" } })).json()) as { asks: readonly { readonly ask_id: string }[] };
    const response = await ask("POST /message", { body: { message: "hi", mode } });
    const queued = (await response.json()) as { turn_id: string };
    expect([response.status, queued]).toEqual([202, { turn_id: expect.any(String), session_id: "http:default", status: "queued" }]);
    expect(await (await ask(`GET /turns/${queued.turn_id}`)).json()).toMatchObject({ status: "queued" });
    expect((await ask("POST /message", { body: { message: "hi", session_id: "other" } })).status).toBe(200);
    await ask(`POST /asks/${asks[0]?.ask_id}`, { body: { decision: "allow" } });
    expect(await runtime.follow(queued.turn_id)?.outcome).toMatchObject({ status: "completed" });
  });

  it("is answered so too where that one asks later", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, place } = await openGateway({
      ...writing,
      async *model(said, request, signal) {
        if (said === "write" && !hasResult(request)) {
          yield* stalling(gate.promise, signal);
          yield* calling("test.write");
        } else yield* saying("done");
      },
    });
    const [first, second] = [ask("POST /message", { body: { message: "write" } }), ask("POST /message", { body: { message: "hi" } })];
    await until(() => place.state.turns.size === 2);
    gate.resolve();
    expect([await (await first).json(), await (await second).json()]).toMatchObject([{ status: "waiting" }, { status: "queued" }]);
  });

  it("waits for its own end where it interrupts that one", async () => {
    const { ask } = await openGateway(writing);
    await ask("POST /message", { body: { message: "write" } });
    expect(await (await ask("POST /message", { body: { message: "hi", mode: "interrupt" } })).json()).toMatchObject({ status: "completed", output: "re: hi" });
  });
});

describe("Idempotency-Key", () => {
  const headers = { "idempotency-key": "k-1" };
  const body = { message: "once" };

  it("replays the stored answer, also after a restart", async () => {
    let calls = 0;
    const model: Model = (...asked) => {
      calls += 1;
      return echo(...asked);
    };
    const first = await openGateway({ model });
    const answer = await (await first.ask("POST /message", { body, headers })).text();
    expect(await (await first.ask("POST /message", { raw: '{ "message" :"once" }', headers })).text()).toBe(answer);
    await first.runtime.close();
    const second = await openGateway({ model, place: first.place, token: first.token });
    const replayed = await second.ask("POST /message", { body, headers });
    expect([replayed.status, await replayed.text(), calls]).toEqual([200, answer, 1]);
  });

  it("is bound to the same as ever where the request says nothing that is new", () => {
    const hashOf = (given: object): string | undefined => toIncomingMessage({ message: "hi", ...given }, { principal: { id: "token:t", scopes: ["chat"] }, key: "k" }).idempotency?.bodyHash;
    const known = ["http:default", "hi", null, null, null, null, null, true];
    expect([hashOf({}), hashOf({ mode: null })]).toEqual([toSha256(JSON.stringify(known)), toSha256(JSON.stringify(known))]);
    expect(hashOf({ mode: "steer" })).toBe(toSha256(JSON.stringify([...known, { mode: "steer" }])));
  });

  it.each([{ message: "twice" }, { ...body, mode: "interrupt" }, { ...body, session_id: "other" }, { ...body, interactive: false }])("refuses the key with another body: %j", async (other) => {
    const { ask } = await openGateway();
    await ask("POST /message", { body, headers });
    const response = await ask("POST /message", { body: other, headers });
    expect([response.status, await response.json()]).toEqual([422, { error: expect.objectContaining({ code: "request.mismatch" }) }]);
  });

  it("answers 409 with the turn while the first is in flight, and runs it once", async () => {
    const gate = Promise.withResolvers<void>();
    const { ask, place } = await openGateway({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const first = ask("POST /message", { body, headers });
    await until(() => place.state.turns.size === 1);
    const second = await ask("POST /message", { body, headers });
    expect([second.status, await second.json()]).toEqual([409, expect.objectContaining({ turn_id: [...place.state.turns.keys()][0], error: expect.objectContaining({ code: "request.conflict" }) })]);
    gate.resolve();
    expect(await (await first).json()).toMatchObject({ output: "done" });
    expect(place.state.turns.size).toBe(1);
  });

  it("allows a new attempt after a failure, and replays that one's answer", async () => {
    let calls = 0;
    const { ask, place } = await openGateway({ model: () => ((calls += 1) < 3 ? failing("provider.unauthorised") : saying("at last")) });
    const statuses = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await ask("POST /message", { body, headers })).status);
    expect([statuses, calls, place.state.turns.size]).toEqual([[502, 502, 200, 200], 3, 3]);
  });

  it.each([
    { effect: "read", statuses: [502, 200, 200], runs: 2 },
    { effect: "keyed", statuses: [502, 502, 502], runs: 1 },
    { effect: "once", statuses: [502, 502, 502], runs: 1 },
  ] as const)("does nothing again after a failure that came after a call with the effect $effect: $statuses", async ({ effect, statuses, runs }) => {
    let ran = 0;
    let failures = 0;
    const tool: Tool = { ...toolSaying("test.write", "written"), effect, execute: async () => ((ran += 1), { content: [{ type: "text", text: "written" }] }) };
    const model: Model = (_said, request) => (!hasResult(request) ? calling("test.write", {}) : (failures += 1) === 1 ? failing("provider.unauthorised") : saying("done"));
    const { ask } = await openGateway({ tools: [tool], model });
    const answers = [];
    for (let attempt = 0; attempt < 3; attempt += 1) answers.push(await ask("POST /message", { body, headers }));
    expect([answers.map(({ status }) => status), ran]).toEqual([statuses, runs]);
    expect(await answers[2]?.json()).toMatchObject({ tool_calls: [{ name: "test.write", status: "completed" }] });
  });

  it.each(["", "has space", "ü", "x".repeat(256)])("refuses the key %j", async (key) => {
    const { ask } = await openGateway();
    expect((await ask("POST /message", { body, headers: { "idempotency-key": key } })).status).toBe(400);
  });

  it("does not mix up keys of two principals", async () => {
    const { ask, tokenFor, place } = await openGateway();
    await ask("POST /message", { body, headers });
    expect((await ask("POST /message", { body: { message: "mine" }, headers, token: await tokenFor("chat") })).status).toBe(200);
    expect(place.state.turns.size).toBe(2);
  });
});
