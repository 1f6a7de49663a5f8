import { describe, expect, it } from "vitest";
import type { Ask, OpenGateway } from "./support/open-gateway.ts";
import { createTokenOutage } from "./support/token-outage.ts";
import { openGateway, toolSaying, until } from "./support/open-gateway.ts";

const accept = "application/json, text/event-stream";

const initialize = (more: object = {}): object => ({ jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" }, ...more } });

const calling = (name: string): object => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } });

const listing = { jsonrpc: "2.0", id: 1, method: "tools/list" };

/** Asks as a client of the protocol, within a session where one is named. */
function send({ ask }: OpenGateway, { session, headers, line = "POST /mcp", ...more }: Ask & { readonly session?: string; readonly line?: string }): Promise<Response> {
  return ask(line, { ...more, headers: { accept, ...(session === undefined ? {} : { "mcp-session-id": session }), ...headers } });
}

async function begin(gateway: OpenGateway, more: Ask = {}): Promise<string> {
  const response = await send(gateway, { body: initialize(), ...more });
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

async function toError(response: Response): Promise<readonly [number, string]> {
  const { error } = (await response.json()) as { error: { code: string; requestId: string } };
  expect(error.requestId).toBe(response.headers.get("x-request-id"));
  return [response.status, error.code];
}

/** A tool that says when it runs and when it is stopped. */
function holding() {
  const state = { started: 0, stopped: 0 };
  const tool = {
    ...toolSaying("test.hold", ""),
    async execute(_input: unknown, { signal }: { readonly signal: AbortSignal }) {
      state.started += 1;
      await new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => ((state.stopped += 1), reject(signal.reason as Error))));
      return { content: [] };
    },
  };
  return { tool, state };
}

describe("a session", () => {
  it("begins with initialize, is named with every other request, and ends with DELETE", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "hi")] });
    const session = await begin(gateway);
    expect((await send(gateway, { session, body: { jsonrpc: "2.0", method: "notifications/initialized" } })).status).toBe(202);
    expect(await (await send(gateway, { session, body: calling("test.say") })).text()).toContain('"text":"hi"');
    expect((await send(gateway, { line: "DELETE /mcp", session })).status).toBe(200);
    expect(await toError(await send(gateway, { session, body: listing }))).toEqual([404, "request.not-found"]);
  });

  it("is 400 where none is named, 404 where it is not known, and 404 for everybody but the token it was begun with", async () => {
    const gateway = await openGateway();
    const session = await begin(gateway);
    for (const line of ["POST /mcp", "GET /mcp", "DELETE /mcp"]) {
      const body = line.startsWith("POST") ? { body: listing } : {};
      expect(await toError(await send(gateway, { line, ...body }))).toEqual([400, "request.invalid"]);
      expect(await toError(await send(gateway, { line, ...body, session: "nothing" }))).toEqual([404, "request.not-found"]);
      expect(await toError(await send(gateway, { line, ...body, session, token: await gateway.tokenFor("read", "chat", "admin") }))).toEqual([404, "request.not-found"]);
      expect(await toError(await send(gateway, { line, ...body, session, token: "", transport: "socket" }))).toEqual([404, "request.not-found"]);
    }
    expect((await send(gateway, { session, body: listing })).status).toBe(200);
  });

  it("is not that of another token which has the name of a revoked one", async () => {
    const gateway = await openGateway();
    const { token, name } = await gateway.runtime.tokens.add("phone", ["read"]);
    const session = await begin(gateway, { token });
    await gateway.runtime.tokens.revoke(name);
    const { token: next } = await gateway.runtime.tokens.add("phone", ["read"]);
    expect([(await send(gateway, { session, token, body: listing })).status, (await send(gateway, { session, token: next, body: listing })).status]).toEqual([401, 404]);
  });

  it("makes room for another of its token by ending the one that was idle for longest", async () => {
    const gateway = await openGateway();
    const first = await begin(gateway);
    const second = await begin(gateway);
    for (let count = 2; count < 64; count += 1) await begin(gateway);
    expect((await (await send(gateway, { session: first, body: listing })).text()).length).toBeGreaterThan(0);
    await begin(gateway);
    expect([(await send(gateway, { session: first, body: listing })).status, (await send(gateway, { session: second, body: listing })).status]).toEqual([200, 404]);
  });

  it("is not ended for another while something of it runs, which is then refused", async () => {
    const gateway = await openGateway();
    for (let count = 0; count < 64; count += 1) {
      const session = await begin(gateway);
      await send(gateway, { line: "GET /mcp", session });
    }
    expect(await toError(await send(gateway, { body: initialize() }))).toEqual([429, "request.too-many"]);
  });

  it("is not made busy by a request that is refused, whether or not its answer is read", async () => {
    const gateway = await openGateway();
    for (let count = 0; count < 64; count += 1) {
      const session = await begin(gateway);
      const head = await send(gateway, { line: "HEAD /mcp", session });
      expect([head.status, head.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
      expect((await send(gateway, { line: "GET /mcp", session, headers: { accept: "text/html" } })).status).toBe(406);
    }
    expect((await send(gateway, { body: initialize() })).status).toBe(200);
  });

  it("is one of 64 of its token, also where a hundred begin at once", async () => {
    const gateway = await openGateway();
    const sessions = await Promise.all(Array.from({ length: 100 }, () => begin(gateway)));
    const answers = await Promise.all(sessions.map((session) => send(gateway, { session, body: listing })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(64);
  });

  it("is forgotten after an hour without a word, but not while it listens", async () => {
    const gateway = await openGateway();
    const [quiet, asked, listens] = [await begin(gateway), await begin(gateway), await begin(gateway)];
    await send(gateway, { line: "HEAD /mcp", session: asked });
    await send(gateway, { line: "GET /mcp", session: listens });
    await gateway.host.clock.advance(60 * 60 * 1_000 + 1_000);
    const statuses = [];
    for (const session of [quiet, asked, listens]) statuses.push((await send(gateway, { session, body: listing })).status);
    expect(statuses).toEqual([404, 404, 200]);
  });
});

describe("what a request may not be", () => {
  it.each([
    ["no JSON", { raw: "{" }, 400, "request.invalid"],
    ["a batch", { raw: JSON.stringify([listing, listing]) }, 400, "request.invalid"],
    ["a text", { raw: '"x"' }, 400, "request.invalid"],
    ["nothing", { raw: "" }, 400, "request.invalid"],
    ["no message of the protocol", { raw: "{}" }, 400, "request.invalid"],
    ["a message with an odd id", { body: { ...listing, id: {} } }, 400, "request.invalid"],
    ["too large", { raw: JSON.stringify({ ...listing, params: { cursor: "x".repeat(5_000) } }) }, 413, "request.too-large"],
    ["for a reader of JSON alone", { body: listing, headers: { accept: "application/json" } }, 406, "request.invalid"],
    ["of a version nobody knows", { body: listing, headers: { "mcp-protocol-version": "1999-01-01" } }, 400, "request.invalid"],
    ["a second initialize", { body: initialize() }, 200, ""],
  ] as const)("%s", async (_what, more, status, code) => {
    const gateway = await openGateway();
    const session = await begin(gateway);
    const response = await send(gateway, { session, ...more });
    expect(status === 200 ? [response.status, ""] : await toError(response)).toEqual([status, code]);
    expect((await send(gateway, { session, body: listing })).status).toBe(200);
  });

  it("from a page of another origin, or by a name that is not this machine's", async () => {
    const gateway = await openGateway();
    expect(await toError(await send(gateway, { body: initialize(), headers: { origin: "http://evil.example" } }))).toEqual([403, "auth.forbidden"]);
    expect(await toError(await send(gateway, { body: initialize(), headers: { host: "evil.example" } }))).toEqual([403, "auth.forbidden"]);
  });

  it("a call with a token that may only read, which lists", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const token = await gateway.tokenFor("read");
    const session = await begin(gateway, { token });
    expect(await (await send(gateway, { session, token, body: listing })).text()).toContain("test.hold");
    expect(await toError(await send(gateway, { session, token, body: calling("test.hold") }))).toEqual([403, "auth.forbidden"]);
    expect(state.started).toBe(0);
  });
});

describe("a token that is revoked", () => {
  it("ends its streams within a second, and what runs for it", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const { token, name } = await gateway.runtime.tokens.add("guest", ["read", "chat"]);
    const session = await begin(gateway, { token });
    const [listens, call] = [await send(gateway, { line: "GET /mcp", session, token }), await send(gateway, { session, token, body: calling("test.hold") })];
    await until(() => state.started === 1);
    await gateway.runtime.tokens.revoke(name);
    expect((await send(gateway, { session, token, body: listing })).status).toBe(401);
    await gateway.host.clock.advance(1_000);
    expect([await listens.text(), await call.text()]).toEqual(["", ""]);
    await until(() => state.stopped === 1);
  });

  it("ends also what runs for a client that has left", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const { token, name } = await gateway.runtime.tokens.add("guest", ["read", "chat"]);
    const session = await begin(gateway, { token });
    const call = await send(gateway, { session, token, body: calling("test.hold") });
    await until(() => state.started === 1);
    await call.body?.cancel();
    await gateway.host.clock.advance(1_000);
    expect(state.stopped).toBe(0);
    await gateway.runtime.tokens.revoke(name);
    await gateway.host.clock.advance(1_000);
    await until(() => state.stopped === 1);
  });
});

describe("a store that cannot be read", () => {
  it("ends nothing that runs for a moment, and everything after a second", async () => {
    const { tool, state } = holding();
    const outage = createTokenOutage();
    const gateway = await openGateway({ tools: [tool], wrapStore: outage.wrap });
    const session = await begin(gateway);
    const call = await send(gateway, { session, body: calling("test.hold") });
    await until(() => state.started === 1);
    outage.isOn = true;
    await gateway.host.clock.advance(1_000);
    expect(state.stopped).toBe(0);
    await gateway.host.clock.advance(500);
    expect(await call.text()).toBe("");
    await until(() => state.stopped === 1);
  });
});

describe("streams", () => {
  it("of a request that was cancelled end", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const session = await begin(gateway);
    const call = await send(gateway, { session, body: calling("test.hold") });
    await until(() => state.started === 1);
    await send(gateway, { session, body: { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } } });
    expect(await call.text()).toBe("");
    expect(state.stopped).toBe(1);
  });

  it("whose client leaves stop nothing", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const session = await begin(gateway);
    const call = await send(gateway, { session, body: calling("test.hold") });
    await until(() => state.started === 1);
    await call.body?.cancel();
    expect(await (await send(gateway, { session, body: listing })).text()).toContain("test.hold");
    expect(state.stopped).toBe(0);
  });

  it("end with the gateway, and what runs for them", async () => {
    const { tool, state } = holding();
    const gateway = await openGateway({ tools: [tool] });
    const session = await begin(gateway);
    const listens = await send(gateway, { line: "GET /mcp", session });
    const call = await send(gateway, { session, body: calling("test.hold") });
    await until(() => state.started === 1);
    gateway.gateway.enter("closed");
    expect([await listens.text(), await call.text()]).toEqual(["", ""]);
    await until(() => state.stopped === 1);
    expect((await send(gateway, { session, body: listing })).status).toBe(503);
  });

  it("that tell of changes are one a session", async () => {
    const gateway = await openGateway();
    const session = await begin(gateway);
    await send(gateway, { line: "GET /mcp", session });
    expect(await toError(await send(gateway, { line: "GET /mcp", session }))).toEqual([409, "request.invalid"]);
  });
});

describe("how far calls may go", () => {
  const meta = (fields: object): object => initialize({ _meta: fields });

  it("is told by the owner with initialize", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "hi")] });
    const workspace = gateway.runtime.paths.home;
    const response = await send(gateway, { token: "", transport: "socket", body: meta({ "omni/workspace": workspace, "omni/autonomy": "readonly" }) });
    await response.text();
    const session = response.headers.get("mcp-session-id") ?? "";
    await (await send(gateway, { token: "", transport: "socket", session, body: calling("test.say") })).text();
    const [record] = await gateway.runtime.store.sessions({ limit: 1, offset: 0 });
    const [turn] = await gateway.runtime.store.turns(record?.sessionId ?? "", { limit: 1 });
    expect(turn?.input).toMatchObject({ workspace, autonomy: "readonly", principal: { id: "owner" } });
  });

  it("is for everybody to narrow: nobody is asked, and what needs an approval is refused at once", async () => {
    const gateway = await openGateway({ tools: [toolSaying("test.say", "hi")], verdict: "ask" });
    const response = await send(gateway, { body: meta({ "omni/asks": "nobody" }) });
    await response.text();
    const call = await send(gateway, { session: response.headers.get("mcp-session-id") ?? "", body: calling("test.say") });
    expect(await call.text()).toContain('"omni/status":"needs-approval"');
  });

  it("is nobody's to tell without scope admin, and is checked", async () => {
    const gateway = await openGateway();
    for (const fields of [{ "omni/autonomy": "full" }, { "omni/workspace": "/" }]) expect(await toError(await send(gateway, { body: meta(fields) }))).toEqual([403, "auth.forbidden"]);
    for (const fields of [{ "omni/asks": "everybody" }, { "omni/autonomy": "wild" }, { "omni/workspace": "here" }, { "omni/workspace": 7 }]) {
      expect(await toError(await send(gateway, { token: "", transport: "socket", body: meta(fields) }))).toEqual([400, "request.invalid"]);
    }
  });
});
