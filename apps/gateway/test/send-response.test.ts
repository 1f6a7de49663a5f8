import type { AddressInfo } from "node:net";
import { createServer, get } from "node:http";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { FrameResponse, TextResponse } from "../src/responses.ts";
import { sendDirectly } from "../src/send-response.ts";

/** A server that sends this; what became of it is told. */
async function serve(response: Response): Promise<{ readonly url: string; readonly sent: Promise<boolean> }> {
  const sent = Promise.withResolvers<boolean>();
  const server = createServer((_incoming, outgoing) => {
    sendDirectly(response, outgoing).then(sent.resolve, sent.reject);
    void sent.promise.then((isSent) => isSent || outgoing.end("otherwise"), () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: sent.promise };
}

/** Frames that come when the test says so, and what became of them. */
function createFrames(): { readonly response: FrameResponse; readonly state: { made: number; isLeft: boolean; isOver: boolean }; next(frame: string | Error | undefined): void } {
  const state = { made: 0, isLeft: false, isOver: false };
  let waiting = Promise.withResolvers<string | Error | undefined>();
  async function* frames(): AsyncGenerator<string, void, undefined> {
    try {
      for (;;) {
        const frame = await waiting.promise;
        waiting = Promise.withResolvers();
        if (frame === undefined) return;
        if (frame instanceof Error) throw frame;
        state.made += 1;
        yield frame;
      }
    } finally {
      state.isOver = true;
    }
  }
  const leave = (): void => {
    state.isLeft = true;
    waiting.resolve(undefined);
  };
  return { response: new FrameResponse(frames(), { leave, dropped: new AbortController().signal }, { headers: { "content-type": "text/event-stream" } }), state, next: (frame) => waiting.resolve(frame) };
}

const decode = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);

describe("sendDirectly", () => {
  it("sends a text with its length in bytes, its status and its headers", async () => {
    const { url, sent } = await serve(new TextResponse("Grüße 🙂", { status: 202, headers: { "content-type": "text/plain", "x-one": "1" } }));
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("x-one"), answer.headers.get("content-length"), await answer.text(), await sent]).toEqual([202, "1", "12", "Grüße 🙂", true]);
  });

  it("sends nothing of any other response", async () => {
    const { url, sent } = await serve(new Response("a stream of the web platform"));
    expect([await (await fetch(url)).text(), await sent]).toEqual(["otherwise", false]);
  });

  it("sends the head at once, and each frame before the next is made", async () => {
    const { response, state, next } = createFrames();
    const { url, sent } = await serve(response);
    const answer = await fetch(url);
    expect([answer.headers.get("content-type"), state.made]).toEqual(["text/event-stream", 0]);
    const reader = answer.body?.getReader();
    for (const frame of ["data: one\n\n", "data: two\n\n"]) {
      next(frame);
      expect(decode((await reader?.read())?.value)).toBe(frame);
    }
    next(undefined);
    expect([(await reader?.read())?.done, await sent, state.isOver]).toEqual([true, true, true]);
  });

  it("stops where the reader goes away, also while nothing comes", async () => {
    const { response, state, next } = createFrames();
    const { url, sent } = await serve(response);
    const stopping = new AbortController();
    const answer = await fetch(url, { signal: stopping.signal });
    next("data: one\n\n");
    await answer.body?.getReader().read();
    stopping.abort();
    await sent;
    expect(state).toEqual({ made: 1, isLeft: true, isOver: true });
  });

  it("makes no more than the reader takes", async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<string, void, undefined> {
      for (; made < 10_000; made += 1) yield "x".repeat(65_536);
    }
    const { url, sent } = await serve(new FrameResponse(endless(), { leave: () => undefined, dropped: new AbortController().signal }, {}));
    const request = get(url);
    const [incoming] = (await once(request, "response")) as [import("node:http").IncomingMessage];
    incoming.pause();
    let before = -1;
    while (before !== made) {
      before = made;
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made).toBeLessThan(1_000);
    request.destroy();
    expect(await sent).toBe(true);
    expect(made).toBeLessThan(1_000);
  });

  it("drops the connection of a reader that does not read and has no right to more", async () => {
    let isOver = false;
    async function* endless(): AsyncGenerator<string, void, undefined> {
      try {
        for (;;) yield "x".repeat(65_536);
      } finally {
        isOver = true;
      }
    }
    const dropping = new AbortController();
    const { url, sent } = await serve(new FrameResponse(endless(), { leave: () => undefined, dropped: dropping.signal }, {}));
    const request = get(url);
    const [incoming] = (await once(request, "response")) as [import("node:http").IncomingMessage];
    const closed = new Promise((resolve) => incoming.on("error", () => undefined).on("close", resolve));
    incoming.pause();
    dropping.abort();
    expect([await sent, isOver]).toEqual([true, true]);
    incoming.resume();
    await closed;
    expect(incoming.complete).toBe(false);
  });

  it("breaks the connection where the frames break", async () => {
    const { response, next } = createFrames();
    const { url, sent } = await serve(response);
    const answer = await fetch(url);
    next(new Error("broken"));
    await expect(sent).rejects.toThrow("broken");
    await expect(answer.text()).rejects.toThrow();
  });
});
