import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";

/** Most bytes of one message over HTTP. */
const messageBytes = 16_777_216;

/** What a watched fetch tells. */
export interface FetchWatch {
  /** The body of the answer to request `id` ended. `isResumable`: the client may ask for the rest of it. */
  readonly answerEnded: (id: string | number, isResumable: boolean) => void;
}

/**
 * A fetch for one transport. A transport hands one long-lived signal to every
 * request, and fetches leave a listener on it each; here every request has a
 * signal of its own, so nothing piles up. It also says when an answer ended,
 * so that a request that got none is not waited for, and bounds a message.
 */
export function createWatchedFetch(send: typeof fetch, watch: FetchWatch): FetchLike {
  const followers = new WeakMap<AbortSignal, Set<AbortController>>();
  const follow = (signal: AbortSignal, controller: AbortController): (() => void) => {
    const known = followers.get(signal) ?? adopt(signal);
    followers.set(signal, known);
    known.add(controller);
    return () => known.delete(controller);
  };
  return async (url, init = {}) => {
    const { signal, ...rest } = init;
    signal?.throwIfAborted();
    const controller = new AbortController();
    const leave = signal == null ? (): void => undefined : follow(signal, controller);
    const id = toRequestId(init.body);
    try {
      const response = await send(url, { ...rest, signal: controller.signal });
      return watchBody(response, (isResumable) => {
        leave();
        if (id !== undefined && response.ok) watch.answerEnded(id, isResumable);
      });
    } catch (error) {
      leave();
      throw error;
    }
  };
}

function adopt(signal: AbortSignal): Set<AbortController> {
  const controllers = new Set<AbortController>();
  signal.addEventListener(
    "abort",
    () => {
      for (const controller of controllers) controller.abort(signal.reason);
      controllers.clear();
    },
    { once: true },
  );
  return controllers;
}

/** The id of a request in a body; undefined for notifications, answers and what is no message. */
function toRequestId(body: RequestInit["body"]): string | number | undefined {
  if (typeof body !== "string") return undefined;
  const message: unknown = JSON.parse(body);
  if (typeof message !== "object" || message === null || !("id" in message) || !("method" in message)) return undefined;
  return typeof message.id === "string" || typeof message.id === "number" ? message.id : undefined;
}

function watchBody(response: Response, ended: (isResumable: boolean) => void): Response {
  if (response.body === null) {
    ended(false);
    return response;
  }
  const reader = response.body.getReader();
  const gauge = createGauge(response.headers.get("content-type")?.includes("text/event-stream") === true);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(target) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            target.close();
            ended(gauge.hasEventId());
          } else {
            gauge.add(value);
            target.enqueue(value);
          }
        } catch (error) {
          target.error(error);
          ended(gauge.hasEventId());
          await reader.cancel(error).catch(() => undefined);
        }
      },
      async cancel(reason) {
        ended(true);
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers } = response;
  const watched = new Response(body, { status, statusText, headers });
  Object.defineProperty(watched, "url", { value: response.url });
  return watched;
}

/** Counts the bytes of a message (of an event, where the body is a stream of them) and looks for event ids. */
function createGauge(isEventStream: boolean): { readonly add: (chunk: Uint8Array) => void; readonly hasEventId: () => boolean } {
  const decoder = new TextDecoder("latin1");
  let tail = "\n";
  let bytes = 0;
  let found = false;
  return {
    add(chunk) {
      const lineEnd = isEventStream ? chunk.lastIndexOf(10) : -1;
      bytes = lineEnd === -1 ? bytes + chunk.length : chunk.length - lineEnd - 1;
      if (bytes > messageBytes) throw new Error(`The server sent a message of more than ${messageBytes} bytes.`);
      if (!isEventStream || found) return;
      const text = tail + decoder.decode(chunk);
      found = /[\r\n]id:/.test(text);
      tail = text.slice(-3);
    },
    hasEventId: () => found,
  };
}
