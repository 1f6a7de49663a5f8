import { describe, expect, it, onTestFinished } from "vitest";
import type { Listening } from "./support/open-listening.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { stalling, until } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";
import { openRaw, statusOf } from "./support/raw-connection.ts";

const json = "Content-Type: application/json";
const mebibyte = 1_048_576;

/** Says a letter now and then for as long as anybody listens. */
function drip({ socket }: RawConnection): void {
  const timer = setInterval(() => socket.write("a"), 10);
  socket.on("close", () => clearInterval(timer));
}

/** Sends a piece again and again, as fast as it is taken, until the other side ends it; how many bytes that were. */
async function pour({ socket }: RawConnection, piece: string): Promise<number> {
  while (!socket.destroyed) {
    if (socket.write(piece)) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise<void>((resolve) => ["drain", "close"].forEach((event) => socket.once(event, () => resolve())));
  }
  return socket.bytesWritten;
}

/** Resolves with what somebody else gets meanwhile. */
async function statusElsewhere({ url, token }: Listening): Promise<number> {
  return (await fetch(`${url}/asks`, { headers: { authorization: `Bearer ${token}`, connection: "close" } })).status;
}

/** How many bytes the process grows by at most while something goes on. */
async function growthOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  await work().finally(() => clearInterval(timer));
  return Math.max(most, process.memoryUsage().rss) - before;
}

describe("clients that are slow on purpose", () => {
  it("are ended, two hundred at once, by headers and by bodies that come letter by letter, and others are served", async () => {
    const listening = await openListening({}, { headersTimeoutMs: 300, requestTimeoutMs: 600 });
    const open = (bytes: string): RawConnection => {
      const connection = listening.raw();
      connection.send(bytes);
      drip(connection);
      return connection;
    };
    const byHeaders = Array.from({ length: 100 }, () => open("GET /asks HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "));
    const byBody = Array.from({ length: 100 }, () => open(`${listening.head("POST /message", json, "Content-Length: 100000")}{"message":"`));
    for (let count = 0; count < 10; count += 1) expect(await statusElsewhere(listening)).toBe(200);
    const ends = await Promise.all([...byHeaders, ...byBody].map((connection) => connection.ended));
    expect(new Set(ends.slice(0, 100).map(statusOf))).toEqual(new Set([408]));
    expect(ends.slice(100).map(statusOf).filter((status) => status !== 408 && status !== 0)).toEqual([]);
    expect(listening.place.state.turns.size).toBe(0);
  });

  it("are ended when they say nothing at all", async () => {
    const { raw } = await openListening({}, { headersTimeoutMs: 100 });
    expect(statusOf(await raw().ended)).toBe(408);
  });

  it.each([
    ["no request", () => "BROKEN\r\n\r\n", 400],
    ["a tunnel", () => "CONNECT evil.example:443 HTTP/1.1\r\n\r\n", 405],
    ["a WebSocket without a token", ({ port }: Listening) => `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`, 401],
  ])("do not hold the connection that was answered for the last time, whatever they go on sending: %s", async (_what, toBytes, status) => {
    const listening = await openListening();
    const connection = openRaw({ host: "127.0.0.1", port: listening.port, allowHalfOpen: true });
    onTestFinished(() => void connection.socket.destroy());
    connection.send(toBytes(listening));
    drip(connection);
    expect(statusOf(await connection.ended)).toBe(status);
  });
});

describe("bodies without an end", () => {
  it("fill no memory and end with their connection, from whomever they come, and others are served", async () => {
    const listening = await openListening({}, { keepAliveMs: 50, headersTimeoutMs: 1_000, requestTimeoutMs: 2_000 });
    const host = `Host: 127.0.0.1:${listening.port}`;
    const endless = "Transfer-Encoding: chunked";
    const heads = [
      listening.head("POST /message", json, endless),
      listening.head("POST /message", json, "Content-Length: 99999999999"),
      listening.head("POST /nothing", json, endless),
      listening.head("POST /asks", json, endless),
      `POST /message HTTP/1.1\r\n${host}\r\n${json}\r\n${endless}\r\n\r\n`,
      `POST /pair HTTP/1.1\r\n${host}\r\n${json}\r\n${endless}\r\n\r\n`,
    ];
    const piece = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const grown = await growthOf(async () => {
      const poured = heads.map((head) => {
        const connection = listening.raw();
        connection.send(head);
        return pour(connection, piece);
      });
      for (let count = 0; count < 5; count += 1) expect(await statusElsewhere(listening)).toBe(200);
      expect((await Promise.all(poured)).every((bytes) => bytes > 0)).toBe(true);
    });
    expect(grown).toBeLessThan(96 * mebibyte);
    expect(listening.place.state.turns.size).toBe(0);
  });
});

describe("a thousand connections", () => {
  it("are all answered, cost little while they are open, and hold up nobody", async () => {
    const listening = await openListening({}, { keepAliveMs: 60_000 });
    let connections: readonly RawConnection[] = [];
    const grown = await growthOf(async () => {
      connections = Array.from({ length: 1_000 }, () => listening.raw());
      for (const connection of connections) connection.send(listening.head("GET /asks"));
      const answers = await Promise.all(connections.map((connection) => connection.until('{"asks":[]}')));
      expect(new Set(answers.map(statusOf))).toEqual(new Set([200]));
      for (let count = 0; count < 5; count += 1) expect(await statusElsewhere(listening)).toBe(200);
    });
    expect(grown).toBeLessThan(128 * mebibyte);
    for (const connection of connections) connection.socket.destroy();
  });

  it("are refused beyond the limit at once, and let in again when others have gone", async () => {
    const listening = await openListening({}, { connections: 100 });
    const silent = Array.from({ length: 100 }, () => listening.raw());
    await Promise.all(silent.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(await Promise.all(Array.from({ length: 50 }, () => listening.raw().ended))).toEqual(Array.from({ length: 50 }, () => ""));
    for (const { socket } of silent.slice(0, 10)) socket.destroy();
    let status = 0;
    while (status !== 200) status = await statusElsewhere(listening).catch(() => 0);
  });
});

describe("a flood of requests on one connection", () => {
  it("is worked on a few at a time, and read no further while nobody takes the answers", async () => {
    const listening = await openListening({}, { unreadMs: 300 });
    const connection = listening.raw();
    connection.socket.pause();
    const grown = await growthOf(() => pour(connection, listening.head("GET /openapi.json").repeat(50)));
    expect(grown).toBeLessThan(96 * mebibyte);
    expect(await statusElsewhere(listening)).toBe(200);
    // Nothing is left of those that were read and never begun: nobody waits for them.
    await listening.listener.close(60_000);
  });

  it("goes on where the client takes the answers, each in its place", async () => {
    const listening = await openListening();
    const connection = listening.raw();
    const count = 600;
    connection.send(Array.from({ length: count }, (_, index) => listening.head(`GET /t${index % 7 === 0 ? "urns/t" : ""}${index}`)).join("") + listening.head("GET /healthz", "Connection: close"));
    const received = await connection.ended;
    const codes = [...received.matchAll(/"code":"([a-z.-]+)"/g)].map(([, code]) => code);
    expect(codes).toEqual(Array.from({ length: count }, (_, index) => (index % 7 === 0 ? "turn.not-found" : "request.not-found")));
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  });

  it("is one that waits for its answer as long as the first does", async () => {
    const gate = Promise.withResolvers<void>();
    const listening = await openListening({ model: (_said, _request, signal) => stalling(gate.promise, signal, "done") });
    const connection = listening.raw();
    connection.send(`${listening.head("POST /message", json, "Content-Length: 16")}{"message":"hi"}${listening.head("GET /asks").repeat(50)}${listening.head("GET /healthz", "Connection: close")}`);
    await until(() => listening.place.state.turns.size === 1);
    expect(await statusElsewhere(listening)).toBe(200);
    gate.resolve();
    const received = await connection.ended;
    expect([received.match(/HTTP\/1\.1 200/g)?.length, received.indexOf("done") < received.indexOf('{"asks"')]).toEqual([52, true]);
  });
});
