import { describe, expect, it } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import { openListening } from "./support/open-listening.ts";
import { stalling } from "./support/open-gateway.ts";
import { statusOf } from "./support/raw-connection.ts";

const json = "Content-Type: application/json";
const chunked = "Transfer-Encoding: chunked";
const message = '{"message":"hi"}';
const inChunks = `10\r\n${message}\r\n0\r\n\r\n`;

/** A request that somebody hides behind another one, with a token that is good. */
function smuggled({ head }: Listening): string {
  return `${head("POST /message", json, "Content-Length: 16")}${message}`;
}

/** Sends bytes as they are and reads all that comes back. */
async function sendRaw({ raw }: Listening, bytes: string): Promise<string> {
  const connection = raw();
  connection.socket.write(Buffer.from(bytes, "latin1"));
  return connection.ended;
}

/** The head of a request without token, with a version of its own. */
function bare({ port, token }: Listening, line: string, ...headers: readonly string[]): string {
  return [line, `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, ...headers, "", ""].join("\r\n");
}

describe("a body that two readers would end in two places", () => {
  it.each([
    ["CL.TE: a length, then chunks", (to: Listening) => `${to.head("POST /message", json, "Content-Length: 5", chunked)}0\r\n\r\n${smuggled(to)}`],
    ["TE.CL: chunks, then a length", (to: Listening) => `${to.head("POST /message", json, chunked, "Content-Length: 4")}0\r\n\r\n${smuggled(to)}`],
    ["TE.TE: chunked twice", (to: Listening) => `${to.head("POST /message", json, chunked, chunked)}0\r\n\r\n${smuggled(to)}`],
    ["TE.TE: chunked and chunked", (to: Listening) => `${to.head("POST /message", json, `${chunked}, chunked`)}0\r\n\r\n${smuggled(to)}`],
    ["TE.TE: another coding before chunked", (to: Listening) => `${to.head("POST /message", json, "Transfer-Encoding: gzip, chunked")}${inChunks}${smuggled(to)}`],
    ["a coding that only looks like chunked", (to: Listening) => `${to.head("POST /message", json, "Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled(to)}`],
    ["chunked behind a vertical tab", (to: Listening) => `${to.head("POST /message", json, "Transfer-Encoding:\u000bchunked")}0\r\n\r\n${smuggled(to)}`],
    ["chunked with a space before the colon", (to: Listening) => `${to.head("POST /message", json, "Transfer-Encoding : chunked")}0\r\n\r\n${smuggled(to)}`],
    ["chunked in a folded header", (to: Listening) => `${to.head("POST /message", json, "Transfer-Encoding:\r\n chunked")}0\r\n\r\n${smuggled(to)}`],
    ["CL.CL: the same length twice", (to: Listening) => `${to.head("POST /message", json, "Content-Length: 16", "Content-Length: 16")}${message}${smuggled(to)}`],
    ["CL.CL: two lengths in one header", (to: Listening) => `${to.head("POST /message", json, "Content-Length: 16, 16")}${message}${smuggled(to)}`],
    ["a length in base 16", (to: Listening) => `${to.head("POST /message", json, "Content-Length: 0x10")}${message}${smuggled(to)}`],
    ["a chunk's size that ends with a line feed", (to: Listening) => `${to.head("POST /message", json, chunked)}10\n${message}\r\n0\r\n\r\n${smuggled(to)}`],
    ["a chunk that ends with a line feed", (to: Listening) => `${to.head("POST /message", json, chunked)}10\r\n${message}\n0\r\n\r\n${smuggled(to)}`],
    ["a line feed in a chunk's extension", (to: Listening) => `${to.head("POST /message", json, chunked)}10;a\nb\r\n${message}\r\n0\r\n\r\n${smuggled(to)}`],
    ["a length and a token in the trailers", (to: Listening) => `${to.head("POST /message", json, chunked)}10\r\n${message}\r\n0\r\nContent-Length: 9\r\nAuthorization: Bearer x\r\n\r\n${smuggled(to)}`],
    ["chunks in version 1.0", (to: Listening) => `${bare(to, "POST /message HTTP/1.0", json, chunked, "Connection: keep-alive")}${inChunks}${smuggled(to)}`],
    ["carriage returns alone", (to: Listening) => `${bare(to, "GET /asks HTTP/1.1", "X-A: a\rContent-Length: 5")}${smuggled(to)}`],
  ])("is refused, and nothing behind it is run: %s", async (_what, toBytes) => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const received = await sendRaw(listening, toBytes(listening));
    expect([statusOf(received), received.match(/HTTP\/1\.1/g)?.length, received]).toEqual([400, 1, expect.stringContaining('{"error":{"code":"request.invalid"')]);
    expect(listening.place.state.turns.size).toBe(0);
  });

  it("is 413 by extensions of its chunks, whose bytes count though they say nothing, and 431 by its trailers", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const send = async (body: string): Promise<number> => statusOf(await sendRaw(listening, `${listening.head("POST /message", json, chunked)}${body}`));
    expect(await send(`10;${"a".repeat(20_000)}\r\n${message}\r\n0\r\n\r\n`)).toBe(413);
    expect(await send(`10\r\n${message}\r\n0\r\nX: ${"a".repeat(20_000)}\r\n\r\n`)).toBe(431);
    expect(listening.place.state.turns.size).toBe(0);
  });

  it("is one message where an extension of a chunk is short and well-formed", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    expect(statusOf(await sendRaw(listening, `${listening.head("POST /message", json, chunked, "Connection: close")}10;a=b;c="d"\r\n${message}\r\n0\r\n\r\n`))).toBe(200);
    expect(listening.place.state.turns.size).toBe(1);
  });

  it("belongs to its own request also where that one is refused: what looks like a request in it is none", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const hidden = smuggled(listening);
    const received = await sendRaw(listening, `POST /message HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}${listening.head("GET /asks", "Connection: close")}`);
    expect([received.match(/HTTP\/1\.1 \d+/g), listening.place.state.turns.size]).toEqual([["HTTP/1.1 401", "HTTP/1.1 200"], 0]);
  });
});

describe("versions of the protocol", () => {
  it.each([
    ["1.0, which ends its connection", "GET /asks HTTP/1.0", 200],
    ["1.0 without a token's leave", "GET /sessions/x HTTP/1.0", 405],
    ["2.0 in a request line", "GET /asks HTTP/2.0", 400],
    ["1.2", "GET /asks HTTP/1.2", 400],
    ["0.9 with headers", "GET /asks HTTP/0.9", 400],
    ["none at all", "GET /asks", 400],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004", 400],
    ["a greeting of TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400],
  ])("%s", async (_what, line, status) => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const received = await sendRaw(listening, bare(listening, line));
    expect([statusOf(received), received.match(/HTTP\/1\.1/g)?.length]).toEqual([status, 1]);
  });

  it("1.0 gets a stream that ends with its connection", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const received = await sendRaw(listening, `${bare(listening, "POST /message HTTP/1.0", json, "Accept: text/event-stream", "Content-Length: 16")}${message}`);
    expect(received).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n: turn [\s\S]*event: turn-end\nid: .*\ndata: .*\n\n$/);
    expect(received).not.toMatch(/transfer-encoding/i);
  });
});

describe("targets and methods that are not for this server", () => {
  it.each([
    ["GET https://evil.example/asks", 403],
    ["GET file:///etc/passwd", 400],
    ["GET ftp://127.0.0.1/asks", 400],
    ["GET javascript:alert(1)", 400],
    ["GET //evil.example/asks", 404],
    ["GET /..\\..\\asks", 400],
    ["GET /%5casks", 404],
    ["GET /%2e%2e%2fasks", 404],
    ["GET /x/%252e%252e/asks", 404],
    ["GET /as\u0000ks", 400],
    ["GET /\u00c3\u00a4", 400],
    ["GET\t/asks\t", 400],
    ["TRACE /asks", 405],
    ["CONNECT evil.example:443", 405],
    ["CONNECT /asks", 405],
    ["QUERY /asks", 405],
    ["SOURCE /asks", 405],
    ["M-SEARCH *", 400],
    ["OPTIONS *", 400],
  ])("are refused: %s", async (line, status) => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const received = await sendRaw(listening, listening.head(line, "Connection: close"));
    expect([statusOf(received), received]).toEqual([status, expect.stringMatching(/^x-request-id: [\da-f-]{36}\r$/im)]);
    if (status === 405) expect(received).toMatch(/^allow:/im);
  });

  it("no header leads elsewhere: method, path and host are those of the request", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const status = async (line: string, ...headers: readonly string[]): Promise<number> => statusOf(await sendRaw(listening, listening.head(line, "Connection: close", ...headers)));
    expect(await status("GET /sessions/x", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE")).toBe(405);
    expect(await status("GET /nothing", "X-Original-URL: /asks", "X-Rewrite-URL: /asks")).toBe(404);
    expect(await status("GET http://evil.example/asks", "X-Forwarded-Host: 127.0.0.1")).toBe(403);
  });
});

describe("Expect", () => {
  it.each(["200-ok", "103-early", "\u00ff"])("%j is not met, and the message not taken", async (expectation) => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const received = await sendRaw(listening, `${listening.head("POST /message", json, `Expect: ${expectation}`, "Content-Length: 16")}${message}`);
    expect([statusOf(received), received]).toEqual([417, expect.stringContaining('"code":"request.invalid"')]);
    expect([received.match(/HTTP\/1\.1/g)?.length, listening.place.state.turns.size]).toEqual([1, 0]);
  });

  it("100-continue is met, and its sender is still somebody who needs a token", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    const connection = listening.raw();
    connection.send(listening.head("POST /message", json, "Expect: 100-continue", "Content-Length: 16", "Connection: close"));
    await connection.until("100 Continue");
    connection.send(message);
    expect(await connection.ended).toContain("HTTP/1.1 200");
    const nobody = await sendRaw(listening, `POST /message HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}\r\nExpect: 100-continue\r\nContent-Length: 16\r\nConnection: close\r\n\r\n`);
    expect(nobody).toContain("HTTP/1.1 401");
  });
});

describe("bytes above 127 in a header", () => {
  it.each([
    ["Authorization: Bearer \u00ff\u00fe", 401],
    ["X-Session-Id: \u00ff\u00fe", 400],
    ["X-Session-Id: a\u0085b", 400],
    ["X-Session-Id: \u00c3\u00bc", 200],
    ["Idempotency-Key: \u00ff", 400],
    ["Last-Event-ID: \u00ff", 400],
    ["Content-Type: application/\u00ff", 400],
    ["X-Anything: \u00e2\u0080\u00a8", 200],
  ])("are a header like any other, or refused: %j", async (header, status) => {
    const { port, token, ...rest } = await openListening({}, { keepAliveMs: 50 });
    const headers = [`Host: 127.0.0.1:${port}`, ...(header.startsWith("Authorization") ? [] : [`Authorization: Bearer ${token}`]), ...(header.startsWith("Content-Type") ? [] : [json]), header, "Content-Length: 16", "Connection: close"];
    expect(statusOf(await sendRaw({ port, token, ...rest }, `POST /message HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n${message}`))).toBe(status);
  });
});

describe("an answer that has begun", () => {
  it("is cut short by bytes that are no request, and holds nothing of another answer", async () => {
    const gate = Promise.withResolvers<void>();
    const listening = await openListening({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const connection = listening.raw();
    connection.send(`${listening.head("POST /message", json, "Accept: text/event-stream", "Content-Length: 16")}${message}`);
    await connection.until("turn-start");
    connection.send("BROKEN\r\n\r\n");
    const received = await connection.ended;
    expect([received.match(/HTTP\/1\.1/g)?.length, received]).toEqual([1, expect.not.stringContaining("error")]);
    gate.resolve();
    expect(await listening.runtime.follow([...listening.place.state.turns.keys()][0] ?? "")?.outcome).toMatchObject({ status: "completed" });
  });
});
