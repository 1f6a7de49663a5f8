import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { connectSocket, createClient } from "../src/index.ts";
import { createFetchTransport } from "../src/fetch-transport.ts";
import { listenOn } from "./serve.ts";

const refused = expect.objectContaining({ code: "request.invalid", retryable: false });

/** What it throws; undefined where it does not. */
function thrown(make: () => unknown): unknown {
  try {
    make();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("an address", () => {
  it.each(["localhost:7777", "127.0.0.1:7777", "", "ws://localhost:7777", "file:///home", "http://"])("that is none for HTTP, %j, is refused at once", async (url) => {
    expect(thrown(() => createClient({ url }))).toEqual(refused);
    expect(thrown(() => createFetchTransport(url, undefined))).toEqual(refused);
  });

  it.each(["localhost:7777", "127.0.0.1:7777", "ftp://localhost"])("that is none for a WebSocket, %j, is refused", async (url) => {
    await expect(connectSocket({ url, token: "t" })).rejects.toEqual(refused);
  });

  it("is not shown, for it may hold a password", () => {
    expect(thrown(() => createClient({ url: "ftp://me:hidden@localhost" }))).toMatchObject({ message: 'The gateway\'s address begins with "ftp:"; it must begin with http:// or https://.' });
  });

  it.each([
    ["http:", "GET"],
    ["ws:", "GET"],
    ["https:", undefined],
    ["wss:", undefined],
  ])("of %s is connected to as it says, in the clear or not", async (protocol, method) => {
    const methods: (string | undefined)[] = [];
    const server = createServer();
    server.on("upgrade", (request, socket) => {
      methods.push(request.method);
      socket.destroy();
    });
    const url = (await listenOn(server)).replace("http:", protocol);
    await expect(connectSocket({ url, token: "t" })).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    expect(methods).toEqual(method === undefined ? [] : [method]);
  });
});

describe("a token", () => {
  it.each(["omni_a\nb", "omni a", "omni_\u{1f600}", "omni_é", "omni_\u0000"])("that no header holds, %j, is refused at once and not shown", async (token) => {
    const url = "http://127.0.0.1:9";
    const error = thrown(() => createClient({ url, token }));
    expect(error).toEqual(refused);
    expect(String(error)).not.toContain(token);
    expect(thrown(() => createFetchTransport(url, token))).toEqual(refused);
    await expect(connectSocket({ url, token })).rejects.toEqual(refused);
  });

  it("that no WebSocket holds is refused there", async () => {
    await expect(connectSocket({ url: "http://127.0.0.1:9", token: "a,b" })).rejects.toEqual(refused);
  });

  it("is sent without the white space around it, such as the line break of a file", async () => {
    const sent: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      sent.push(request.headers.authorization);
      response.end('{"asks":[]}');
    });
    server.on("upgrade", (request, socket) => {
      sent.push(request.headers["sec-websocket-protocol"]);
      socket.destroy();
    });
    const url = await listenOn(server);
    const token = " omni_a\r\n";
    await createClient({ url, token }).asks();
    await expect(connectSocket({ url, token })).rejects.toMatchObject({ code: "egress.failed" });
    expect(sent).toEqual(["Bearer omni_a", expect.stringMatching(/^omni\.v1, ?omni\.bearer\.omni_a$/)]);
  });
});

describe("a key or an event's id", () => {
  it.each(["a\nb", "a b", "\u{1f600}", "é"])("that no header holds, %j, is refused, and nothing is sent", async (text) => {
    let count = 0;
    const client = createClient({ url: await listenOn(createServer((_request, response) => response.end(String((count += 1))))) });
    for (const call of [client.message, client.submit, client.stream]) await expect(call({ message: "x" }, { idempotencyKey: text })).rejects.toEqual(refused);
    await expect(client.stream({ message: "x" }, { idempotencyKey: "k", lastEventId: text })).rejects.toEqual(refused);
    await expect(client.follow("t", { lastEventId: text })).rejects.toEqual(refused);
    expect(count).toBe(0);
  });
});
