import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Listening } from "./support/open-listening.ts";
import { openGateway } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { statusOf } from "./support/raw-connection.ts";

const json = "Content-Type: application/json";
const large = { gateway: { maxBodyBytes: 1_048_576 } };

/** Sends these bytes on a connection of their own and reads all that comes back. */
async function sendRaw({ raw }: Listening, bytes: string | Buffer): Promise<string> {
  const connection = raw();
  connection.socket.write(bytes);
  return connection.ended;
}

/** A request that closes its connection. */
function request({ head }: Listening, line: string, ...headers: readonly string[]): string {
  return head(line, "Connection: close", ...headers);
}

describe("JSON that is meant to hurt", () => {
  it.each([
    ["arrays in arrays", `{"message":"hi","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`, 400],
    ["objects in objects", `{"message":"hi","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, 400],
    ["arrays that never end", "[".repeat(500_000), 400],
    ["a hundred thousand keys", `{"message":"hi",${Array.from({ length: 60_000 }, (_, index) => `"k${index}":0`).join(",")}}`, 200],
    ["a number of a hundred thousand digits", `{"message":"hi","timeoutt":${"9".repeat(100_000)}}`, 200],
    ["a message that is a number of a hundred thousand digits", `{"message":${"9".repeat(100_000)}}`, 400],
  ])("is taken or refused like any other: %s", async (_what, raw, status) => {
    const { ask } = await openGateway(large);
    expect((await ask("POST /message", { raw })).status).toBe(status);
  });

  it("takes the last of two equal keys", async () => {
    const { ask } = await openGateway();
    expect(await (await ask("POST /message", { raw: '{"message":"one","message":"two"}' })).json()).toMatchObject({ output: "You said: two" });
  });

  it.each([
    ['{"__proto__":{"message":"hi"}}', 400],
    ['{"message":"hi","__proto__":{"autonomy":"full","origin":"cli"}}', 200],
    ['{"message":"hi","constructor":{"prototype":{"x":1}},"toString":7,"hasOwnProperty":null}', 200],
  ])("gives nothing to whoever sets the prototype: %s", async (raw, status) => {
    const { ask, place, runtime } = await openGateway();
    expect((await ask("POST /message", { raw })).status).toBe(status);
    const turn = await runtime.turn([...place.state.turns.keys()][0] ?? "");
    if (turn !== undefined) expect([turn.input.autonomy, turn.input.origin]).toEqual(["supervised", "http"]);
    expect({}).not.toHaveProperty("x");
    expect({}).not.toHaveProperty("message");
  });

  it.each([
    ["a half of a pair", '{"message":"\\ud800"}', 400],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
    ["an overlong form", new Uint8Array([...Buffer.from('{"message":"'), 0xc0, 0xaf, ...Buffer.from('"}')]), 400],
    ["UTF-16", new Uint8Array(Buffer.from('{"message":"hi"}', "utf16le")), 400],
  ])("is refused in %s", async (_what, raw, status) => {
    const { ask, place } = await openGateway();
    expect([(await ask("POST /message", { raw })).status, place.state.turns.size]).toEqual([status, 0]);
  });

  it.each(["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonp", "application/json, text/plain", "*/*"])("is refused as %s", async (type) => {
    const { ask, place } = await openGateway();
    expect([(await ask("POST /message", { raw: '{"message":"hi"}', headers: { "content-type": type } })).status, place.state.turns.size]).toEqual([400, 0]);
  });
});

describe("tokens that are none", () => {
  it.each([
    ["of 10 kB", "Bearer omni_" + "x".repeat(10_000)],
    ["that are not ASCII", "Bearer omni_ü"],
    ["of bytes above 127", "Bearer \u00ff\u00fe"],
    ["with a tab", "Bearer\tomni_x"],
    ["in another case of letters", "BEARER omni_x"],
    ["of another scheme", "Basic b21uaTpvbW5p"],
    ["that are empty", "Bearer "],
  ])("are 401: %s", async (_what, authorization) => {
    const listening = await openListening();
    const bytes = Buffer.from(`GET /asks HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`, "latin1");
    expect(statusOf(await sendRaw(listening, bytes))).toBe(401);
  });
});

describe("paths and methods", () => {
  const tricks = ["/%2e%2e/asks", "/asks%2f", "//asks", "/x/../asks", "/./asks", "/asks;a=1", "/asks%00", "/ASKS", "/asks/", "/%61sks", "/turns/..%2f..%2fetc%2fpasswd", "/turns/%252e%252e", "/turns/%00", "/turns/%ff", "/sessions/%2e%2e/messages", "/asks?%", "/asks#x", "/?asks", "*", "/\u007f", "http://localhost/asks", "http://user:pass@localhost/asks", "/healthz/../asks"];

  it.each(tricks)("lead nowhere without a token, and never to a fault: %s", async (path) => {
    const listening = await openListening();
    const received = await sendRaw(listening, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect([path, statusOf(received)]).toEqual([path, expect.toSatisfy((status: number) => [400, 401, 403, 404, 405].includes(status))]);
  });

  it.each(tricks)("are answered with a token and without a fault: %s", async (path) => {
    const listening = await openListening();
    expect(statusOf(await sendRaw(listening, request(listening, `GET ${path}`)))).toBeLessThan(500);
  });

  it.each([
    ["PROPFIND", 405],
    ["OPTIONS", 405],
    ["PUT", 405],
    ["TRACE", 405],
    ["BREW", 400],
    ["get", 400],
    ["GET\u0000", 400],
  ])("%s is refused", async (method, status) => {
    const listening = await openListening();
    expect(statusOf(await sendRaw(listening, request(listening, `${method} /asks`)))).toBe(status);
  });

  it("CONNECT is no way through", async () => {
    const listening = await openListening();
    expect(await sendRaw(listening, "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")).not.toMatch(/ 200 /);
  });
});

describe("lengths that are not true", () => {
  it.each([
    ["far too long", ["Content-Length: 99999999999"], 413],
    ["longer than a number holds", ["Content-Length: 99999999999999999999999"], 400],
    ["negative", ["Content-Length: -1"], 400],
    ["compressed", ["Content-Length: 2", "Content-Encoding: gzip"], 400],
  ])("are refused before anything is read: %s", async (_what, headers, status) => {
    const listening = await openListening();
    expect(statusOf(await sendRaw(listening, `${request(listening, "POST /message", json, ...headers)}{}`))).toBe(status);
  });

  it("of a chunk are refused too", async () => {
    const listening = await openListening({}, { keepAliveMs: 50 });
    for (const size of ["-1", "0x2", "fffffffffffffffff", "2;x=\r\n"]) {
      expect(statusOf(await sendRaw(listening, `${request(listening, "POST /message", json, "Transfer-Encoding: chunked")}${size}\r\n{}\r\n0\r\n\r\n`))).toBe(400);
    }
  });
});

describe("many requests on one connection", () => {
  it("are answered in order", async () => {
    const listening = await openListening();
    const paths = Array.from({ length: 200 }, (_, index) => `/turns/t${index}`);
    const received = await sendRaw(listening, `${paths.map((path) => listening.head(`GET ${path}`)).join("")}${request(listening, "GET /healthz")}`);
    expect([received.match(/HTTP\/1\.1 404/g)?.length, received.match(/HTTP\/1\.1 200/g)?.length, received.lastIndexOf(" 404 ") < received.indexOf(" 200 ")]).toEqual([200, 1, true]);
  });

  it("end with one that is broken, whatever came before", async () => {
    const listening = await openListening();
    const received = await sendRaw(listening, `${listening.head("GET /asks")}BROKEN\r\n\r\n`);
    expect(received.match(/HTTP\/1\.1 400/g)).toHaveLength(1);
  });
});

describe("any bytes at all", () => {
  it("are answered without a fault, and the next client is served", async () => {
    const listening = await openListening({}, { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, keepAliveMs: 20 });
    const piece = fc.oneof(fc.constantFrom("GET ", "POST ", "/message", " HTTP/1.1\r\n", "Host: localhost\r\n", "\r\n", "\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", `Authorization: Bearer ${listening.token}\r\n`, "{}", "0\r\n\r\n", "Upgrade: websocket\r\n", "Connection: upgrade\r\n"), fc.string({ unit: "binary" }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const connection = listening.raw();
        connection.socket.end(Buffer.from(pieces.join(""), "latin1"));
        expect(await connection.ended).not.toMatch(/HTTP\/1\.1 5/);
      }),
      { numRuns: 60 },
    );
    expect((await fetch(`${listening.url}/healthz`)).status).toBe(200);
  });
});
