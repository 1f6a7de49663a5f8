import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import type { Model } from "./support/open-gateway.ts";
import { listen } from "../src/listen.ts";
import { openGateway, saying, stalling, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { statusOf } from "./support/raw-connection.ts";

const json = "Content-Type: application/json";

describe("listen", () => {
  it("answers over a port of its own choice", async () => {
    const { url, token } = await openListening();
    const response = await fetch(`${url}/message`, { method: "POST", body: '{"message":"hi"}', headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ output: "You said: hi" })]);
    expect((await fetch(`${url}/asks`)).status).toBe(401);
  });

  it("says who has the port and what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { gateway } = await openGateway();
    await expect(listen(gateway, { host: "127.0.0.1", port })).rejects.toMatchObject({ code: "gateway.bind", message: expect.stringContaining(`127.0.0.1:${port}`) });
  });

  it("answers two requests at once", async () => {
    const gate = Promise.withResolvers<void>();
    let inside = 0;
    const model: Model = (_said, _request, signal) => {
      if (++inside === 2) gate.resolve();
      return stalling(gate.promise, signal, "both");
    };
    const { url, token } = await openListening({ model });
    const post = (session: string): Promise<Response> =>
      fetch(`${url}/message`, { method: "POST", body: JSON.stringify({ message: "hi", session_id: session }), headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
    const answers = await Promise.all([post("a"), post("b")]);
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([expect.objectContaining({ output: "both" }), expect.objectContaining({ output: "both" })]);
  });
});

describe("requests that are not what they seem", () => {
  const smuggled = "GET /asks HTTP/1.1\r\nHost: x\r\n\r\n";
  it.each([
    ["both lengths", (head: Listening["head"]) => `${head("POST /message", json, "Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`],
    ["two lengths", (head: Listening["head"]) => `${head("POST /message", json, "Content-Length: 2", "Content-Length: 30")}{}${smuggled}`],
    ["a length with a sign", (head: Listening["head"]) => `${head("POST /message", json, "Content-Length: +2")}{}`],
    ["a transfer coding that is not chunked at the end", (head: Listening["head"]) => `${head("POST /message", json, "Transfer-Encoding: chunked, identity")}0\r\n\r\n`],
    ["a space before the colon", (head: Listening["head"]) => `${head("POST /message", json, "Content-Length : 2")}{}`],
    ["a folded header", (head: Listening["head"]) => head("GET /asks", "X-A: one\r\n two: three")],
    ["bare line feeds", (head: Listening["head"]) => head("GET /asks").replaceAll("\r\n", "\n")],
    ["a NUL in a header", (head: Listening["head"]) => head("GET /asks", "X-A: a\u0000b")],
    ["no Host", () => "GET /healthz HTTP/1.1\r\n\r\n"],
    ["a chunk size that is no number", (head: Listening["head"]) => `${head("POST /message", json, "Transfer-Encoding: chunked")}zz\r\n{}\r\n0\r\n\r\n`],
    ["a target with a backslash", (head: Listening["head"]) => head("GET /\\evil.example")],
  ])("are refused and the connection closed: %s", async (_what, toBytes) => {
    const { raw, head, place } = await openListening({}, { keepAliveMs: 50 });
    const connection = raw();
    connection.send(toBytes(head));
    const received = await connection.ended;
    expect(statusOf(received)).toBe(400);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(received).toMatch(/x-request-id: [\da-f-]{36}/i);
    expect(received).toMatch(/\{"error":\{"code":"request.invalid"/);
    expect(place.state.turns.size).toBe(0);
  });

  it.each([
    ["two hosts", (port: number) => `Host: 127.0.0.1:${port}\r\nHost: evil.example`],
    ["another machine's name", () => "Host: evil.example"],
  ])("name one host, ours: %s", async (_what, toHosts) => {
    const { raw, port, token } = await openListening();
    const connection = raw();
    connection.send(`GET /asks HTTP/1.1\r\n${toHosts(port)}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);
    expect([400, 403]).toContain(statusOf(await connection.ended));
  });

  it("name our host in the target too", async () => {
    const { raw, port, token } = await openListening();
    const connection = raw();
    connection.send(`GET http://evil.example/asks HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`);
    expect(statusOf(await connection.ended)).toBe(403);
  });
});

describe("bounds", () => {
  it("takes 1,000 bytes of one header, and refuses 3,000 bytes of all where 2,000 are the limit", async () => {
    const { raw, head } = await openListening({}, { headerBytes: 2_000 });
    const fits = raw();
    fits.send(head("GET /asks", `X-Long: ${"a".repeat(1_000)}`, "Connection: close"));
    expect(statusOf(await fits.ended)).toBe(200);
    const overflows = raw();
    overflows.send(head("GET /asks", ...Array.from({ length: 3 }, (_, index) => `X-${index}: ${"a".repeat(1_000)}`)));
    const received = await overflows.ended;
    expect([statusOf(received), received]).toEqual([431, expect.stringContaining('"request.too-large"')]);
  });

  it("stops reading a chunked body at the limit", async () => {
    const { raw, head, place } = await openListening();
    const connection = raw();
    connection.send(head("POST /message", json, "Transfer-Encoding: chunked"));
    const chunk = `400\r\n${" ".repeat(1_024)}\r\n`;
    for (let count = 0; count < 8; count += 1) connection.send(chunk);
    const received = await connection.ended;
    expect([statusOf(received), received]).toEqual([413, expect.stringContaining('"request.too-large"')]);
    expect(place.state.turns.size).toBe(0);
  });

  it("closes a connection whose headers or body do not come", async () => {
    const { raw, head } = await openListening({}, { headersTimeoutMs: 60, requestTimeoutMs: 120 });
    const [silent, slow] = [raw(), raw()];
    silent.send("GET /asks HTTP/1.1\r\nHost: 127");
    slow.send(`${head("POST /message", json, "Content-Length: 100")}{"message"`);
    expect(statusOf(await silent.ended)).toBe(408);
    expect([0, 408]).toContain(statusOf(await slow.ended));
  });

  it("runs no message whose sender left before its end", async () => {
    const { raw, head, gateway, place } = await openListening();
    const connection = raw();
    connection.send(`${head("POST /message", json, "Content-Length: 100")}{"message":"hi"`);
    await new Promise((resolve) => connection.socket.once("connect", resolve));
    connection.socket.end();
    await connection.ended;
    await gateway.fetch(new Request("http://localhost/healthz"), "tcp");
    expect(place.state.turns.size).toBe(0);
  });

  it("takes no more connections than it may", async () => {
    const { raw, head } = await openListening({}, { connections: 1 });
    const first = raw();
    first.send(head("GET /healthz"));
    await first.until("200 OK");
    const second = raw();
    second.send(head("GET /healthz"));
    expect(await second.ended).toBe("");
  });
});

describe("streams over a port", () => {
  it("send their head at once, also for a turn that has not begun", async () => {
    const { raw, head } = await openListening({ model: (_said, _request, signal) => stalling(new Promise(() => undefined), signal) });
    const connection = raw();
    connection.send(`${head("POST /message", json, "Accept: text/event-stream", "Content-Length: 16")}{"message":"hi"}`);
    expect(statusOf(await connection.until(": turn "))).toBe(200);
  });

  it("are freed when the client goes away, and the turn goes on", async () => {
    const gate = Promise.withResolvers<void>();
    const { raw, head, host, runtime, place } = await openListening({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const connection = raw();
    connection.send(`${head("POST /message", json, "Accept: text/event-stream", "Content-Length: 16")}{"message":"hi"}`);
    await connection.until("event: turn-start");
    const watching = host.clock.pending;
    connection.socket.destroy();
    await until(() => host.clock.pending < watching);
    gate.resolve();
    expect(await runtime.follow([...place.state.turns.keys()][0] ?? "")?.outcome).toMatchObject({ status: "completed", output: "done" });
  });

  it("are dropped when nobody reads them, and the turn goes on", async () => {
    const { raw, head, host, runtime, place } = await openListening({ model: () => saying(...Array.from({ length: 2_000 }, () => "x".repeat(10_000))) }, { unreadMs: 50 });
    const connection = raw();
    connection.send(`${head("POST /message", json, "Accept: text/event-stream", "Content-Length: 16", "Connection: close")}{"message":"hi"}`);
    await connection.until("event: turn-start");
    connection.socket.pause();
    expect(await runtime.follow([...place.state.turns.keys()][0] ?? "")?.outcome).toMatchObject({ status: "completed" });
    await until(() => host.clock.pending === 0);
    connection.socket.resume();
    expect((await connection.ended).length).toBeLessThan(20_000_000);
  });

  it("may be silent for longer than a client may leave them unread, as may an answer", async () => {
    const gate = Promise.withResolvers<void>();
    const { raw, head } = await openListening({ model: (_said, _request, signal) => stalling(gate.promise, signal, "late") }, { unreadMs: 200, keepAliveMs: 300 });
    const send = (...headers: readonly string[]): RawConnection => {
      const connection = raw();
      connection.send(`${head("POST /message", json, ...headers, "Content-Length: 16", "Connection: close")}{"message":"hi"}`);
      return connection;
    };
    const [stream, answer] = [send("Accept: text/event-stream"), send()];
    await stream.until("turn-start");
    const quick = raw();
    quick.send(head("GET /healthz"));
    await quick.ended;
    gate.resolve();
    expect(await stream.ended).toContain("event: turn-end");
    expect(statusOf(await answer.ended)).toBe(200);
  });

  it("wait for a reader that does not read instead of filling memory", async () => {
    const { raw, head, gateway, host, runtime, place } = await openListening({ model: () => saying(...Array.from({ length: 2_000 }, () => "x".repeat(2_000))) });
    const connection = raw();
    connection.socket.pause();
    connection.send(`${head("POST /message", json, "Accept: text/event-stream", "Content-Length: 16", "Connection: close")}{"message":"hi"}`);
    await until(() => place.state.turns.size === 1);
    await runtime.follow([...place.state.turns.keys()][0] ?? "")?.outcome;
    expect((await gateway.fetch(new Request("http://localhost/healthz"), "tcp")).status).toBe(200);
    expect(host.clock.pending).toBeGreaterThan(0);
    connection.socket.resume();
    expect(await connection.ended).toContain("event: turn-end");
  });
});
