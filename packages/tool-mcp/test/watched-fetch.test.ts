import { expect, it } from "vitest";
import { getEventListeners } from "node:events";
import { createWatchedFetch } from "../src/watched-fetch.ts";

const request = (id: number): string => JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call" });

function create(body: () => string | ReadableStream<Uint8Array> | null, type = "text/event-stream"): { readonly send: ReturnType<typeof createWatchedFetch>; readonly ended: unknown[]; readonly signals: AbortSignal[] } {
  const ended: unknown[] = [];
  const signals: AbortSignal[] = [];
  const send = createWatchedFetch(
    async (_url, init) => {
      if (init?.signal != null) signals.push(init.signal);
      return new Response(body(), { headers: { "content-type": type } });
    },
    { asked: () => undefined, answerEnded: (...said) => void ended.push(said) },
  );
  return { send, ended, signals };
}

it("a thousand requests leave one listener on the transport's signal, and its abort reaches those that run", async () => {
  const { send, signals } = create(() => new ReadableStream({ pull: () => new Promise(() => undefined) }));
  const controller = new AbortController();
  for (let id = 0; id < 1_000; id += 1) await send("http://a", { signal: controller.signal, body: request(id) });
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort(new Error("over"));
  expect(signals.every((signal) => signal.aborted)).toBe(true);
});

it("a request whose answer was read is forgotten by the transport's signal", async () => {
  const { send, signals } = create(() => "data: x\n\n");
  const controller = new AbortController();
  await (await send("http://a", { signal: controller.signal, body: request(1) })).text();
  controller.abort(new Error("over"));
  expect(signals[0]?.aborted).toBe(false);
});

it("the end of an answer is told with whether it can be resumed", async () => {
  const plain = create(() => "data: x\n\n");
  await (await plain.send("http://a", { body: request(1) })).text();
  expect(plain.ended).toEqual([[1, false]]);
  const resumable = create(() => "id: 7\ndata: x\n\n");
  await (await resumable.send("http://a", { body: request(2) })).text();
  expect(resumable.ended).toEqual([[2, true]]);
  const notification = create(() => null);
  await notification.send("http://a", { body: JSON.stringify({ jsonrpc: "2.0", method: "x" }) });
  expect(notification.ended).toEqual([]);
});

it("a message of more than 16 MiB is an error, a long stream of small ones is not", async () => {
  const block = `data: ${"x".repeat(1_048_576)}\n\n`;
  const stream = (piece: string): ReadableStream<Uint8Array> => {
    let left = 20;
    return new ReadableStream({ pull: (target) => (left-- > 0 ? target.enqueue(new TextEncoder().encode(piece)) : target.close()) });
  };
  expect((await (await create(() => stream(block)).send("http://a")).text()).length).toBe(20 * block.length);
  await expect(create(() => stream(block), "application/json").send("http://a").then((response) => response.text())).rejects.toThrow(/more than/);
  await expect(create(() => stream("x".repeat(1_048_576))).send("http://a").then((response) => response.text())).rejects.toThrow(/more than/);
});

const callOff = (id: number): string => JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });

/** Whether it settled by the time nothing else is left to do. */
async function hasSettled(outcome: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  void outcome.then(settle, settle);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

it("the answer of a request that is called off is ended at once, and its reader hears nothing of it", async () => {
  const ended: unknown[] = [];
  const signals: AbortSignal[] = [];
  const send = createWatchedFetch(
    async (_url, init) => {
      const { signal } = init ?? {};
      if (signal != null) signals.push(signal);
      const body = new ReadableStream<Uint8Array>({
        start(target) {
          target.enqueue(new TextEncoder().encode("data: {\n"));
          signal?.addEventListener("abort", () => target.error(signal.reason));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
    { asked: () => undefined, answerEnded: (...said) => void ended.push(said) },
  );
  const reader = (await send("http://a", { body: request(1) })).body?.getReader();
  await send("http://a", { body: request(2) });
  expect((await reader?.read())?.value).toBeInstanceOf(Uint8Array);
  const rest = reader?.read() ?? Promise.resolve();
  await send("http://a", { body: callOff(1) });
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false, false]);
  expect(await hasSettled(rest)).toBe(false);
  expect(ended).toEqual([[1, true]]);
});

it("a request that is called off before its answer begins is ended too", async () => {
  const send = createWatchedFetch(
    (_url, init) => (init?.body === callOff(1) ? Promise.resolve(new Response(null)) : new Promise<Response>((_resolve, reject) => void init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)))),
    { asked: () => undefined, answerEnded: () => undefined },
  );
  const outcome = send("http://a", { body: request(1) });
  await send("http://a", { body: callOff(1) });
  expect(await hasSettled(outcome)).toBe(false);
});

it("a server that takes none of the answers to its requests is sent 64 and no more", async () => {
  const taken: (() => void)[] = [];
  const send = createWatchedFetch(() => new Promise<Response>((resolve) => void taken.push(() => resolve(new Response(null)))), { asked: () => undefined, answerEnded: () => undefined });
  const reply = (id: number): ReturnType<typeof send> => send("http://a", { body: JSON.stringify({ jsonrpc: "2.0", id, result: {} }) });
  const sent = Array.from({ length: 64 }, (_, id) => reply(id));
  const refused = expect(reply(64)).rejects.toThrow("not taken 64 answers");
  expect(taken).toHaveLength(64);
  await refused;
  taken[0]?.();
  await sent[0];
  expect(await hasSettled(reply(65))).toBe(false);
  expect(taken).toHaveLength(65);
});
