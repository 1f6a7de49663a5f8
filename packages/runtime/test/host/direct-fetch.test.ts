import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { createManualClock } from "@omni/testkit/fakes";
import { createDirectFetch } from "../../src/host/direct-fetch.ts";
import { createSystemClock } from "../../src/host/system-clock.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Place {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Connections that were ever made. */
  readonly connections: () => number;
  readonly fetch: typeof fetch;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function open(answer: Answer = (response) => void response.end("plain")): Promise<Place> {
  const asked: Asked[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  });
  server.on("connection", () => (connections += 1));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, connections: () => connections, fetch: createDirectFetch(createSystemClock()) };
}

/** A server that answers each connection with these bytes. */
async function openRaw(bytes: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(bytes, "latin1"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function errorOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a request", () => {
  it("has the method, the headers and the text that it was given", async () => {
    const { url, asked, fetch } = await open();
    const response = await fetch(`${url}/v1?a=b`, { method: "post", headers: { "X-Team": "a", "Content-Type": "application/json" }, body: '{"ü":1}' });
    expect([response.status, response.url, await response.text()]).toEqual([200, `${url}/v1?a=b`, "plain"]);
    expect(asked[0]).toMatchObject({ method: "POST", path: "/v1?a=b", body: '{"ü":1}', headers: { "x-team": "a", "content-type": "application/json", "content-length": "8", "user-agent": "omni", accept: "*/*" } });
  });

  it("takes every form of headers and of a body that the platform takes", async () => {
    const { url, asked, fetch } = await open();
    const form = new FormData();
    form.set("field", "value");
    await fetch(url, { headers: new Headers({ "x-one": "1" }) });
    await fetch(url, { headers: [["x-two", "2"]] });
    await fetch(url, { method: "PUT", body: new TextEncoder().encode("bytes") });
    await fetch(url, { method: "POST", body: "text" });
    await fetch(url, { method: "POST", body: new URLSearchParams({ a: "b c" }) });
    await fetch(url, { method: "POST", body: form });
    await fetch(url, { method: "POST", body: new Blob(["blob"]), headers: { "x-three": "3" } });
    await fetch(new Request(url, { method: "DELETE", headers: { "x-four": "4" } }));
    await fetch(new Request(url, { method: "POST", body: "request" }));
    expect(asked.map(({ method, body }) => `${method} ${body.includes("form-data") ? "form" : body}`)).toEqual(["GET ", "GET ", "PUT bytes", "POST text", "POST a=b+c", "POST form", "POST blob", "DELETE ", "POST request"]);
    expect([asked[0]?.headers["x-one"], asked[1]?.headers["x-two"], asked[6]?.headers["x-three"], asked[7]?.headers["x-four"]]).toEqual(["1", "2", "3", "4"]);
    expect([asked[3], asked[4], asked[5]].map((each) => each?.headers["content-type"]?.split(";")[0])).toEqual(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]);
  });

  it("goes over the connection of the one before", async () => {
    const { url, connections, fetch } = await open();
    for (let count = 0; count < 3; count += 1) await (await fetch(url)).text();
    expect(connections()).toBe(1);
  });

  it("to https begins with the greeting of TLS", async () => {
    const first = Promise.withResolvers<number | undefined>();
    const server = createSocketServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (bytes) => {
        first.resolve(bytes[0]);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      expect(await errorOf(createDirectFetch(createSystemClock())(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`))).toBeInstanceOf(TypeError);
      expect(await first.promise).toBe(0x16);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("that nobody takes fails as the platform's does, with the reason in its cause", async () => {
    const error = await errorOf(createDirectFetch(createSystemClock())("http://127.0.0.1:1/"));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
  });

  it("says how long its body is, whatever its method", async () => {
    const { url, asked, connections, fetch } = await open();
    for (const method of ["DELETE", "OPTIONS", "PATCH"]) await (await fetch(url, { method, body: "GET /hidden HTTP/1.1\r\n\r\n" })).text();
    expect(asked.map((each) => [each.method, each.headers["content-length"], each.body.length])).toEqual(["DELETE", "OPTIONS", "PATCH"].map((method) => [method, "24", 24]));
    expect(connections()).toBe(1);
  });

  it("has its headers without spaces around them, as the platform sends them", async () => {
    const { url, asked, fetch } = await open();
    await fetch(url, { headers: { "x-key": " value\n" } });
    expect(asked[0]?.headers["x-key"]).toBe("value");
  });

  it("with a header that cannot be sent fails and sends nothing", async () => {
    const { url, asked, fetch } = await open();
    expect(await errorOf(fetch(url, { headers: { "x-bad": "a\r\nb: c" } }))).toBeInstanceOf(TypeError);
    expect(asked).toEqual([]);
  });
});

describe("an answer", () => {
  it("is unpacked", async () => {
    const packed = { gzip: gzipSync("unfolded"), deflate: deflateSync("unfolded"), br: brotliCompressSync("unfolded") };
    const { url, fetch } = await open((response, request) => {
      const encoding = (request.url ?? "").slice(1) as keyof typeof packed;
      response.writeHead(200, { "content-encoding": encoding, "content-length": packed[encoding].length }).end(packed[encoding]);
    });
    for (const encoding of Object.keys(packed)) {
      const response = await fetch(`${url}/${encoding}`);
      expect([await response.text(), response.headers.get("content-encoding"), response.headers.get("content-length")]).toEqual(["unfolded", null, null]);
    }
  });

  it("that is said to be packed and has nothing in it is empty", async () => {
    const { url, fetch } = await open((response, request) => void response.writeHead(request.url === "/none" ? 204 : request.url === "/same" ? 304 : 200, { "content-encoding": "gzip", ...(request.url === "/empty" ? { "content-length": 0 } : {}) }).end());
    for (const path of ["/none", "/same", "/empty", "/chunked"]) expect(await (await fetch(url + path)).text()).toBe("");
    expect(await (await fetch(url, { method: "HEAD" })).text()).toBe("");
  });

  it("packed without its trailer is whole, and packed as nobody knows is handed on as it is", async () => {
    const packed = gzipSync("unfolded");
    const { url, fetch } = await open((response, request) => void (request.url === "/cut" ? response.writeHead(200, { "content-encoding": "gzip" }).end(packed.subarray(0, -8)) : response.writeHead(200, { "content-encoding": "utf-8" }).end("as it is")));
    expect(await (await fetch(`${url}/cut`)).text()).toBe("unfolded");
    const odd = await fetch(url);
    expect([await odd.text(), odd.headers.get("content-encoding")]).toEqual(["as it is", "utf-8"]);
  });

  it("comes piece by piece, packed or not", async () => {
    let flush: () => void = () => undefined;
    const { url, fetch } = await open((response, request) => {
      flush = () => void response.end(" second");
      if (request.url === "/plain") response.write("first");
      else void import("node:zlib").then(({ createGzip, constants }) => {
        const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
        response.writeHead(200, { "content-encoding": "gzip" });
        gzip.pipe(response);
        gzip.write("first");
        flush = () => void gzip.end(" second");
      });
    });
    for (const path of ["/plain", "/packed"]) {
      const reader = ((await fetch(url + path)).body as ReadableStream<Uint8Array>).getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("first");
      flush();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(" second");
      expect((await reader.read()).done).toBe(true);
    }
  });

  it("without a body has none", async () => {
    const { url, fetch } = await open((response, request) => void response.writeHead(request.url === "/none" ? 204 : 304).end());
    for (const path of ["/none", "/same"]) expect((await fetch(url + path)).body).toBeNull();
    expect(await (await fetch(url, { method: "HEAD" })).text()).toBe("");
  });

  it("that redirects is shown as it is, or is an error where the caller says so", async () => {
    const { url, asked, fetch } = await open((response) => void response.writeHead(302, { location: "/elsewhere" }).end());
    const shown = await fetch(url, { redirect: "manual" });
    expect([shown.status, shown.headers.get("location")]).toEqual([302, "/elsewhere"]);
    for (const refused of [fetch(url, { redirect: "error" }), fetch(new Request(url, { redirect: "error" }))]) expect(await errorOf(refused)).toMatchObject({ message: "fetch failed", cause: { message: "it redirects" } });
    expect(asked).toHaveLength(3);
  });

  it("with a status that is none is refused in words", async () => {
    const { url, fetch } = await open((response) => void response.writeHead(799).end("odd"));
    expect(await errorOf(fetch(url))).toMatchObject({ code: "egress.failed", message: expect.stringContaining("799") as string });
  });

  it("that switches to another protocol is an error", async () => {
    const { url, close } = await openRaw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: odd\r\n\r\n");
    expect(await errorOf(createDirectFetch(createSystemClock())(url))).toMatchObject({ message: "fetch failed" });
    await close();
  });

  it("may give an odd reason for its status", async () => {
    const { url, close } = await openRaw("HTTP/1.1 200 \u0001odd\r\ncontent-length: 2\r\n\r\nok");
    const response = await createDirectFetch(createSystemClock())(url);
    expect([response.status, response.statusText, await response.text()]).toEqual([200, "", "ok"]);
    await close();
  });

  it("that breaks off is an error to whoever reads it", async () => {
    const server = createSocketServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        socket.once("data", () => undefined);
        setImmediate(() => socket.destroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const response = await createDirectFetch(createSystemClock())(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(await errorOf(response.text())).toBeInstanceOf(Error);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("giving up", () => {
  const reason = new DOMException("stopped by the caller", "AbortError");

  it("before the request sends nothing", async () => {
    const { url, asked, fetch } = await open();
    expect(await errorOf(fetch(url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(asked).toEqual([]);
  });

  it("before the answer ends the request with the reason", async () => {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { url, fetch } = await open((_response, request) => {
      request.once("close", () => closed.resolve());
      controller.abort(reason);
    });
    expect(await errorOf(fetch(url, { signal: controller.signal }))).toBe(reason);
    await closed.promise;
  });

  it("within the answer ends the body with the reason, and the connection", async () => {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { url, fetch } = await open((response) => {
      response.once("close", () => closed.resolve());
      response.write("first");
    });
    const reader = ((await fetch(url, { signal: controller.signal })).body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    controller.abort(reason);
    expect(await errorOf(reader.read())).toBe(reason);
    await closed.promise;
  });

  it("comes by itself where no answer begins within five minutes, and not where one has begun", async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<void>();
    const { url } = await open((response, request) => {
      if (request.url === "/begun") response.write("first");
      else asked.resolve();
    });
    const fetch = createDirectFetch(clock);
    const begun = await fetch(`${url}/begun`);
    const late = errorOf(fetch(`${url}/never`));
    await asked.promise;
    await clock.advance(300_000);
    expect(await late).toMatchObject({ code: "egress.timeout", retryable: true });
    expect(clock.pending).toBe(0);
    const reader = (begun.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("first");
    await reader.cancel();
  });

  it("of the reader closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const { url, fetch } = await open((response) => {
      response.once("close", () => closed.resolve());
      response.write("first");
    });
    await (await fetch(url)).body?.cancel();
    await closed.promise;
  });

  it("is not listened for once the answer is read", async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...given: Parameters<typeof add>) => ((listeners += 1), add(...given))) as typeof signal.addEventListener;
    signal.removeEventListener = ((...given: Parameters<typeof remove>) => ((listeners -= 1), remove(...given))) as typeof signal.removeEventListener;
    const { url, fetch } = await open();
    for (let count = 0; count < 3; count += 1) await (await fetch(url, { signal })).text();
    await new Promise((resolve) => setImmediate(resolve));
    expect(listeners).toBe(0);
  });
});
