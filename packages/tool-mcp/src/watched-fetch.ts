import type { FetchLike } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { MessageGauge, Unfinished } from "./message-gauge.ts";
import { createMessageGauge } from "./message-gauge.ts";
import { isJsonObject } from "./json-shape.ts";

/** Most answers to a server's own requests that are on their way to it at a time. */
const mostReplies = 64;

/** Why a request is ended that nobody waits for any more. */
const unwanted = new Error("nobody waits for the answer any more");

/** What a watched fetch tells. */
export interface FetchWatch {
  /** Request `id` goes out. */
  readonly asked: (id: string | number) => void;
  /** No more comes for request `id` this way. `isSettled`: no answer is missing, since the client may ask for the rest, knows of a failure, or waits no more. */
  readonly answerEnded: (id: string | number, isSettled: boolean) => void;
}

/**
 * A fetch for one transport. A transport hands one long-lived signal to every
 * request, and fetches leave a listener on it each; here every request has a
 * signal of its own, so nothing piles up. It also says when an answer ended,
 * so that a request that got none is not waited for, ends the answer of a
 * request that is called off, and bounds a message, all that are unfinished,
 * and the replies that a server does not take.
 */
export function createWatchedFetch(send: typeof fetch, watch: FetchWatch): FetchLike {
  const follow = createFollowing();
  const running = new Map<string | number, AbortController>();
  const unfinished: Unfinished = { bytes: 0 };
  let replies = 0;
  return async (url, init = {}) => {
    const { signal, ...rest } = init;
    signal?.throwIfAborted();
    const { request, calledOff, isReply } = toSent(init.body);
    if (isReply && replies >= mostReplies) throw new Error(`The server has not taken ${mostReplies} answers to its requests; one more is not sent.`);
    if (calledOff !== undefined) running.get(calledOff)?.abort(unwanted);
    const controller = new AbortController();
    const leave = signal == null ? (): void => undefined : follow(signal, controller);
    if (isReply) replies += 1;
    if (request !== undefined) {
      running.set(request, controller);
      watch.asked(request);
    }
    const end = (isSettled: boolean): void => {
      leave();
      if (request === undefined) return;
      if (running.get(request) === controller) running.delete(request);
      watch.answerEnded(request, isSettled || controller.signal.reason === unwanted);
    };
    try {
      const response = await send(url, { ...rest, signal: controller.signal });
      const gauge = createMessageGauge(response.headers.get("content-type")?.includes("text/event-stream") === true, unfinished);
      return watchBody(response, { gauge, signal: controller.signal, ended: (isResumable) => end(isResumable || !response.ok) });
    } catch (error) {
      end(true);
      if (controller.signal.reason === unwanted) await silence();
      throw error;
    } finally {
      if (isReply) replies -= 1;
    }
  };
}

/** Aborts each controller with the signal it follows, until that is left; one listener on a signal for all of them. */
function createFollowing(): (signal: AbortSignal, controller: AbortController) => () => void {
  const followers = new WeakMap<AbortSignal, Set<AbortController>>();
  return (signal, controller) => {
    const known = followers.get(signal) ?? adopt(signal);
    followers.set(signal, known);
    known.add(controller);
    return () => known.delete(controller);
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

/** What a body is to the server. */
interface Sent {
  /** The id of the request that it is. */
  readonly request?: string | number;
  /** The id of the request that it calls off. */
  readonly calledOff?: string | number;
  /** True for the answer to a request of the server's. */
  readonly isReply: boolean;
}

function toSent(body: RequestInit["body"]): Sent {
  const message: unknown = typeof body === "string" ? JSON.parse(body) : undefined;
  if (!isJsonObject(message)) return { isReply: false };
  const { id, method, params } = message;
  if (method === undefined) return { isReply: id !== undefined };
  if (isId(id)) return { request: id, isReply: false };
  const calledOff = method === "notifications/cancelled" && isJsonObject(params) ? params["requestId"] : undefined;
  return { isReply: false, ...(isId(calledOff) ? { calledOff } : {}) };
}

function isId(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** Never settles: a client that heard of the end of what it called off would report it and ask for the rest. What waits for it is garbage. */
function silence(): Promise<never> {
  return new Promise(() => undefined);
}

interface BodyWatch {
  readonly gauge: MessageGauge;
  readonly signal: AbortSignal;
  readonly ended: (isResumable: boolean) => void;
}

function watchBody(response: Response, { gauge, signal, ended }: BodyWatch): Response {
  const end = (isResumable: boolean): void => {
    gauge.end();
    ended(isResumable);
  };
  if (response.body === null) {
    end(false);
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(target) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            target.close();
            end(gauge.hasEventId());
          } else {
            gauge.add(value);
            target.enqueue(value);
          }
        } catch (error) {
          const isUnwanted = signal.reason === unwanted;
          if (!isUnwanted) target.error(error);
          end(gauge.hasEventId());
          await reader.cancel(error).catch(() => undefined);
          if (isUnwanted) await silence();
        }
      },
      async cancel(reason) {
        end(true);
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
