import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { OmniError } from "@omni/core";
import type { OpenGateway } from "./support/open-gateway.ts";
import { createTokenOutage } from "./support/token-outage.ts";
import { openGateway } from "./support/open-gateway.ts";
import { routeTable } from "../src/route-table.ts";
import { isLoopbackHost } from "../src/check-origin.ts";

function toPath(path: string): string {
  return path.replace(/:\w+/g, "x");
}

const guarded = routeTable.filter((route) => route.auth === "bearer");

describe("the route table", () => {
  it("needs a scope on every route that needs a token, and none on the others", () => {
    for (const route of routeTable) expect([route.path, route.scopes.length > 0]).toEqual([route.path, route.auth === "bearer"]);
    expect(routeTable.filter((route) => route.auth === "none").map((route) => route.path)).toEqual(["/healthz", "/readyz", "/pair"]);
  });

  it.each(guarded.map((route) => [`${route.method} ${toPath(route.path)}`]))("refuses %s without a token, with an unknown one, and with an odd one", async (line) => {
    const { ask } = await openGateway();
    for (const authorization of ["", "Bearer", "Bearer omni_wrong", "Basic b21uaTpvbW5p", `Bearer omni_${"x".repeat(300)}`, "Bearer a, Bearer b"]) {
      const response = await ask(line, { token: "", ...(authorization === "" ? {} : { headers: { authorization } }) });
      expect([response.status, await response.json()]).toEqual([401, { error: { code: "auth.missing", message: expect.any(String), requestId: expect.any(String) } }]);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it.each(guarded.map((route) => [`${route.method} ${toPath(route.path)}`, route]))("refuses %s with every scope but its own", async (line, route) => {
    const { ask, tokenFor } = await openGateway();
    const others = ["read", "chat", "approve", "admin"].filter((scope) => !route.scopes.some((each) => each === scope));
    expect((await ask(line, { token: await tokenFor(...others) })).status).toBe(403);
    for (const scope of route.scopes) expect((await ask(line, { token: await tokenFor(scope) })).status).not.toBe(403);
  });

  it("refuses a revoked token at once", async () => {
    const { ask, runtime } = await openGateway();
    const { token, name } = await runtime.tokens.add("short-lived", ["read"]);
    expect((await ask("GET /asks", { token })).status).toBe(200);
    await runtime.tokens.revoke(name);
    expect((await ask("GET /asks", { token })).status).toBe(401);
  });

  it.each(guarded.filter((route) => route.body !== undefined).map((route) => [`${route.method} ${toPath(route.path)}`]))("does nothing with a body of %s that took a second to come, where the token was revoked meanwhile or nobody can say", async (line) => {
    const outage = createTokenOutage();
    const { ask, runtime, host, place } = await openGateway({ wrapStore: outage.wrap });
    const { token, name } = await runtime.tokens.add("slow", ["read", "chat", "approve"]);
    const body = { message: "hi", messages: [{ role: "user", content: "hi" }], decision: "allow" };
    const sendSlowly = async (meanwhile: () => Promise<unknown> | void): Promise<number> => {
      const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
        begun.resolve();
        await gate.promise;
        controller.enqueue(new TextEncoder().encode(JSON.stringify(body)));
        controller.close();
      };
      const asking = ask(line, { token, raw: new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 }) });
      await begun.promise;
      await meanwhile();
      await host.clock.advance(1_000);
      gate.resolve();
      return (await asking).status;
    };
    expect([await sendSlowly(() => void (outage.isOn = true)), place.state.turns.size]).toEqual([503, 0]);
    outage.isOn = false;
    expect([await sendSlowly(() => runtime.tokens.revoke(name)), place.state.turns.size]).toEqual([401, 0]);
  });

  it("says of a store that cannot be read what it is, and holds it against no token and no address", async () => {
    const outage = createTokenOutage();
    const { gateway, ask, token } = await openGateway({ wrapStore: outage.wrap });
    const statusOf = async (given: string): Promise<number> => (await gateway.fetch(new Request("http://localhost/asks", { headers: { authorization: `Bearer ${given}` } }), "tcp", { peer: "10.0.0.1" })).status;
    outage.isOn = true;
    const statuses = new Set<number>();
    for (let count = 0; count < 200; count += 1) statuses.add(await statusOf(token));
    expect([...statuses]).toEqual([503]);
    outage.isOn = false;
    expect([await statusOf(token), await statusOf("omni_wrong")]).toEqual([200, 401]);
    expect(await (await ask("GET /metrics")).text()).toContain('omni_http_refused_total{reason="token"} 1');
  });

  it("counts what a token asks for that it may not", async () => {
    const { ask, tokenFor } = await openGateway({ gateway: { rates: { requests: { burst: 3, perSecond: 1, keys: 10 } } } });
    const reader = await tokenFor("read");
    const statuses = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await ask("POST /message", { token: reader, body: { message: "hi" } })).status);
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
  });

  it("does not read the body of somebody it does not know", async () => {
    const { ask } = await openGateway();
    let pulls = 0;
    const raw = new ReadableStream<Uint8Array>({ pull: () => void (pulls += 1) }, { highWaterMark: 0 });
    expect([(await ask("POST /message", { token: "", raw })).status, pulls]).toEqual([401, 0]);
  });

  it("trusts no address: a forwarded loopback is nobody", async () => {
    const { ask } = await openGateway();
    const headers = { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1", "x-real-ip": "127.0.0.1", "x-forwarded-host": "localhost" };
    expect((await ask("GET /asks", { token: "", headers })).status).toBe(401);
  });

  it("takes whoever comes by the socket for the owner", async () => {
    const { ask } = await openGateway();
    expect((await ask("GET /asks", { token: "", transport: "socket" })).status).toBe(200);
  });
});

describe("Host and Origin", () => {
  const status = async (gateway: OpenGateway, headers: Record<string, string>): Promise<number> => (await gateway.ask("GET /asks", { headers })).status;

  it("takes names of this machine and configured ones, with any port", async () => {
    const gateway = await openGateway({ gateway: { hosts: ["Agent.Example"] } });
    for (const host of ["localhost", "LOCALHOST:7777", "127.0.0.1:1", "127.9.9.9", "[::1]:7777", "agent.example", "agent.example:443"]) expect([host, await status(gateway, { host })]).toEqual([host, 200]);
  });

  it.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "192.168.1.5", "localhost@evil.example", "localhost/x", "[::1", "a b", "", "localhost.", "127.0.0.1, evil.example"])(
    "refuses the host %j",
    async (host) => {
      expect(await status(await openGateway(), { host })).toBe(403);
    },
  );

  it("refuses a target whose host is not its own, whatever Host says", async () => {
    const { gateway, token } = await openGateway();
    const request = new Request("http://evil.example/asks", { headers: { host: "localhost", authorization: `Bearer ${token}` } });
    expect((await gateway.fetch(request, "tcp")).status).toBe(403);
  });

  it("refuses every origin but its own", async () => {
    const gateway = await openGateway();
    for (const origin of ["http://evil.example", "null", "http://localhost:3000", "http://localhost:7777.evil.example", "file://", "http://LOCALHOST:7777/"]) {
      expect([origin, await status(gateway, { host: "localhost:7777", origin })]).toEqual([origin, 403]);
    }
    expect(await status(gateway, { host: "localhost:7777", origin: "http://localhost:7777" })).toBe(200);
  });

  it("gives no leave to pages of other origins", async () => {
    const { ask } = await openGateway();
    const response = await ask("OPTIONS /message", { headers: { origin: "http://evil.example", "access-control-request-method": "POST" } });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("knows loopback by its exact forms only", () => {
    fc.assert(fc.property(fc.domain(), (name) => !isLoopbackHost(name)));
    fc.assert(fc.property(fc.ipV4(), (address) => isLoopbackHost(address) === address.startsWith("127.")));
  });
});

describe("every response", () => {
  it.each(["GET /healthz", "GET /nothing", "DELETE /message", "GET /asks", "GET /turns/none", "POST /message"])("has the same headers: %s", async (line) => {
    const { ask } = await openGateway();
    const response = await ask(line);
    expect(response.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
  });

  it.each([
    ["GET /nothing", 404, "request.not-found", null],
    ["GET /message/", 404, "request.not-found", null],
    ["GET /%ff%00", 404, "request.not-found", null],
    ["GET /message", 405, "request.method", "POST"],
    ["PATCH /turns/x", 405, "request.method", "GET, HEAD"],
    ["DELETE /asks", 405, "request.method", "GET, HEAD"],
    ["PATCH /mcp", 405, "request.method", "POST, GET, DELETE"],
  ])("says what is wrong: %s", async (line, status, code, allow) => {
    const { ask } = await openGateway();
    const response = await ask(line, { token: "" });
    expect([response.status, response.headers.get("allow"), await response.json()]).toEqual([status, allow, { error: { code, message: expect.any(String), requestId: expect.any(String) } }]);
  });

  it("tells nobody what broke inside, also not the owner, but logs it under the request's id", async () => {
    const { ask, host } = await openGateway({
      wrapStore: (store) => ({ ...store, accept: () => Promise.reject(new TypeError("broken at /home/me/state.db")) }),
    });
    for (const transport of ["tcp", "socket"] as const) {
      const response = await ask("POST /message", { body: { message: "hi" }, transport });
      expect([response.status, await response.json()]).toEqual([500, { error: { code: "internal", message: "A defect in Omni itself.", requestId: expect.any(String) } }]);
      expect(host.log.lines.findLast((line) => line.level === "error")?.fields?.["requestId"]).toBe(response.headers.get("x-request-id"));
    }
  });
});

describe("health", () => {
  it("is not ready while the store cannot be read", async () => {
    let isBroken = false;
    const { ask } = await openGateway({ wrapStore: (store) => ({ ...store, getDocument: (kind, id) => (isBroken ? Promise.reject(new Error("gone")) : store.getDocument(kind, id)) }) });
    expect((await ask("GET /readyz", { token: "" })).status).toBe(200);
    isBroken = true;
    expect([(await ask("GET /readyz", { token: "" })).status, (await ask("GET /healthz", { token: "" })).status]).toEqual([503, 200]);
  });

  it("is not ready any more once anything found the store damaged, however well the rest of it answers, and says so in the log once", async () => {
    let isBroken = true;
    const { ask, host } = await openGateway({
      wrapStore: (store) => ({ ...store, accept: (turn) => (isBroken ? Promise.reject(new OmniError("store.corrupt", "A page is damaged.")) : store.accept(turn)) }),
    });
    const say = async (): Promise<number> => (await ask("POST /message", { body: { message: "hi" } })).status;
    const look = async (path: string): Promise<number> => (await ask(`GET ${path}`, { token: "" })).status;
    expect(await look("/readyz")).toBe(200);
    expect([await say(), await say()]).toEqual([500, 500]);
    isBroken = false;
    expect([await say(), await look("/readyz"), await look("/healthz")]).toEqual([200, 503, 200]);
    expect(host.log.lines.filter(({ level, fields }) => level === "error" && fields?.["code"] === "store.corrupt")).toHaveLength(1);
  });

  it("stays ready where the store was only full, locked or without an answer", async () => {
    const codes = ["store.full", "store.busy", "store.failed"] as const;
    const failures = codes.map((code) => new OmniError(code, "Not now."));
    const { ask } = await openGateway({ wrapStore: (store) => ({ ...store, accept: (turn) => Promise.reject(failures.shift() ?? new Error(`nobody asked for ${turn.platformId}`)) }) });
    for (const _code of codes) {
      expect((await ask("POST /message", { body: { message: "hi" } })).status).toBeGreaterThanOrEqual(500);
      expect((await ask("GET /readyz", { token: "" })).status).toBe(200);
    }
  });

  it("is alive in every phase, and ready in one", async () => {
    const { gateway, ask } = await openGateway();
    for (const phase of ["starting", "ready", "draining", "closed"] as const) {
      gateway.enter(phase);
      const [alive, ready] = [await ask("GET /healthz", { token: "" }), await ask("GET /readyz", { token: "" })];
      expect([phase, alive.status, ready.status]).toEqual([phase, 200, phase === "ready" ? 200 : 503]);
      expect([alive.body, await alive.text(), ready.headers.get("retry-after")]).toEqual([null, "", phase === "ready" ? null : expect.any(String)]);
      expect([phase, ready.body, await ready.text()]).toEqual([phase, null, ""]);
    }
    expect((await ask("GET /asks")).status).toBe(503);
  });
});
