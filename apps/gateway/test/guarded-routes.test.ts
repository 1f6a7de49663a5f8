import { describe, expect, it } from "vitest";
import type { OpenGateway } from "./support/open-gateway.ts";
import type { Route } from "../src/route.ts";
import { openGateway, toolSaying } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { refusalOf } from "./support/open-socket.ts";
import { routeTable } from "../src/route-table.ts";
import { statusOf } from "./support/raw-connection.ts";

const toLine = ({ method, path }: Route): string => `${method} ${path.replace(/:\w+/g, "x")}`;
const guarded = routeTable.filter((route) => route.auth === "bearer").map((route) => [toLine(route), route] as const);
const scopes = ["read", "chat", "approve", "admin"];
const othersOf = (route: Route): readonly string[] => scopes.filter((scope) => !route.scopes.some((each) => each === scope));

/** What makes each of these routes do something once. A route that takes a key and is not here fails the test: it has to be said how. */
const bodies: Readonly<Record<string, object>> = {
  "POST /message": { message: "hi" },
  "POST /v1/chat/completions": { model: "omni", user: "u", messages: [{ role: "user", content: "hi" }] },
};

const keyed = guarded.filter(([, route]) => route.parameters?.some(({ name }) => name === "Idempotency-Key"));

describe("every route that takes a token", () => {
  it.each(guarded.filter(([line]) => line.startsWith("GET ")))("is refused just so as an upgrade, before there is a WebSocket: %s", async (line, route) => {
    const { port, tokenFor } = await openListening();
    const path = line.slice("GET ".length);
    const statusFor = async (token: string): Promise<number> => (await refusalOf(port, { path, headers: token === "" ? {} : { authorization: `Bearer ${token}` } })).status;
    expect([await statusFor(""), await statusFor("omni_wrong")]).toEqual([401, 401]);
    expect((await refusalOf(port, { path, protocols: ["omni.v1", "omni.bearer.omni_wrong"] })).status).toBe(401);
    if (othersOf(route).length > 0) expect(await statusFor(await tokenFor(...othersOf(route)))).toBe(403);
  });

  it.each(guarded.filter(([line]) => line.startsWith("GET ")))("is refused just so when it is only asked about: HEAD for %s", async (line, route) => {
    const { ask, tokenFor } = await openGateway();
    const head = line.replace("GET ", "HEAD ");
    expect([(await ask(head, { token: "" })).status, (await ask(head, { token: "omni_wrong" })).status]).toEqual([401, 401]);
    if (othersOf(route).length > 0) expect((await ask(head, { token: await tokenFor(...othersOf(route)) })).status).toBe(403);
  });

  it.each(guarded)("takes it from nowhere but the header: %s", async (line) => {
    const { ask, token } = await openGateway();
    const places = [{ cookie: `token=${token}; authorization=Bearer ${token}` }, { "x-api-key": token }, { "proxy-authorization": `Bearer ${token}` }, { "sec-websocket-protocol": `omni.bearer.${token}` }];
    for (const query of ["token", "access_token", "authorization"]) expect((await ask(`${line}?${query}=${token}`, { token: "" })).status).toBe(401);
    for (const headers of places) expect((await ask(line, { token: "", headers })).status).toBe(401);
  });

  it.each(guarded)("takes no word of the client for what it may: %s", async (line, route) => {
    const { ask, tokenFor } = await openGateway();
    const others = othersOf(route);
    const claims = { "x-owner": "1", "x-scopes": "admin", "x-omni-principal": "owner", "x-forwarded-user": "owner" };
    if (others.length > 0) expect((await ask(line, { token: await tokenFor(...others), headers: claims, ...(line.startsWith("POST") ? { body: { scopes: ["admin"], principal: "owner", approved: true } } : {}) })).status).toBe(403);
  });
});

describe("an answer that is kept under an idempotency key", () => {
  async function openKept(line: string): Promise<OpenGateway & { readonly name: string; readonly replay: (token: string) => Promise<number> }> {
    const gateway = await openGateway();
    const { token, name } = await gateway.runtime.tokens.add("first", scopes);
    const body = bodies[line];
    if (body === undefined) throw new Error(`say in this test what a body of ${line} is`);
    const replay = async (given: string): Promise<number> => (await gateway.ask(line, { token: given, body, headers: { "idempotency-key": "k" } })).status;
    expect([await replay(token), await replay(token)]).toEqual([200, 200]);
    expect(gateway.place.state.turns.size).toBe(1);
    return { ...gateway, token, name, replay };
  }

  it("is kept by some routes", () => expect(keyed.map(([line]) => line)).toEqual(Object.keys(bodies)));

  it.each(keyed)("is not given to nobody, to a token of another scope, to another token, or after the revocation: %s", async (line, route) => {
    const { replay, tokenFor, runtime, token, name, place } = await openKept(line);
    expect([await replay(""), await replay("omni_wrong"), await replay(await tokenFor(...othersOf(route)))]).toEqual([401, 401, 403]);
    // Another principal has keys of its own: the same word begins a turn of its own.
    expect([await replay(await tokenFor(...scopes)), place.state.turns.size]).toEqual([200, 2]);
    await runtime.tokens.revoke(name);
    expect([await replay(token), place.state.turns.size]).toEqual([401, 2]);
  });
});

describe("pages of other origins", () => {
  it.each(routeTable.map((route) => [toLine(route), route] as const))("get no leave for %s, asked before or with the request", async (line, route) => {
    const { ask } = await openGateway();
    const asking = { "access-control-request-method": route.method, "access-control-request-headers": "authorization, content-type", "access-control-request-private-network": "true" };
    const path = line.split(" ")[1] ?? "/";
    for (const headers of [{ origin: "http://evil.example", ...asking }, { origin: "null", ...asking }, { origin: "http://127.0.0.1:7777", ...asking }, asking]) {
      const preflight = await ask(`OPTIONS ${path}`, { headers });
      expect([preflight.status >= 400, [...preflight.headers.keys()].filter((name) => name.startsWith("access-control"))]).toEqual([true, []]);
    }
    const direct = await ask(line, { headers: { origin: "http://evil.example", "sec-fetch-site": "cross-site" } });
    expect([direct.status, [...direct.headers.keys()].filter((name) => name.startsWith("access-control"))]).toEqual([403, []]);
  });
});

describe("every answer", () => {
  const standard = { "cache-control": "no-store", "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; frame-ancestors 'none'", "cross-origin-resource-policy": "same-origin", "referrer-policy": "no-referrer" };

  it.each(routeTable.map((route) => [toLine(route), route] as const))("has an id of its own and the headers of all others: %s", async (line, route) => {
    const { ask, tokenFor } = await openGateway({ tools: [toolSaying("test.say", "x")] });
    const token = await tokenFor(...scopes);
    const ids = new Set<string | null>();
    for (const given of ["", token]) {
      const response = await ask(line, { token: given, headers: { "x-request-id": "mine" }, ...(route.body === undefined ? {} : { body: bodies[line] ?? {} }) });
      expect(Object.fromEntries(Object.keys(standard).map((name) => [name, response.headers.get(name)]))).toEqual(standard);
      ids.add(response.headers.get("x-request-id"));
      expect(response.headers.get("server") ?? response.headers.get("x-powered-by")).toBe(null);
    }
    expect([ids.size, ids.has("mine"), ids.has(null)]).toEqual([2, false, false]);
  });

  it.each([
    ["no request", "BROKEN\r\n\r\n", 400],
    ["a tunnel", "CONNECT x:1 HTTP/1.1\r\n\r\n", 405],
    ["headers that are too large", `GET /asks HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
    ["headers that do not come", "GET /asks HTTP/1.1\r\nHost: loc", 408],
    ["an odd version", "GET /asks HTTP/2.0\r\nHost: localhost\r\n\r\n", 400],
    ["an expectation", "GET /asks HTTP/1.1\r\nHost: localhost\r\nExpect: 42\r\n\r\n", 417],
    ["an upgrade", "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 401],
    ["an upgrade without a host", "GET /ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 400],
    ["no host", "GET /asks HTTP/1.1\r\n\r\n", 400],
  ])("has them where there was no request to answer, and ends the connection: %s", async (_what, bytes, status) => {
    const { raw } = await openListening({}, { headersTimeoutMs: 100 });
    const connection = raw();
    connection.send(bytes);
    const [head = "", body = ""] = (await connection.ended).split("\r\n\r\n");
    expect(statusOf(head)).toBe(status);
    const headers = new Map(head.split("\r\n").slice(1).map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]));
    expect(Object.fromEntries(Object.keys(standard).map((name) => [name, headers.get(name)]))).toEqual(standard);
    expect(JSON.parse(body)).toEqual({ error: { code: expect.any(String), message: expect.any(String), requestId: headers.get("x-request-id") } });
    expect(headers.get("connection")).toBe("close");
  });
});
