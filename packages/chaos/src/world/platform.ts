import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ShownText } from "../ledger/ledgers.ts";
import { readNonce } from "./message-plan.ts";
import { toPort } from "./to-port.ts";

/** What the platform does with a post that it is told about. */
export type PostFault = "refuse-silently" | "lose-answer" | "answer-late" | "busy";

/** A platform of conversations over real HTTP. It brings what was not acknowledged again, as real ones do. */
export interface Platform {
  readonly url: string;
  readonly deduplicates: boolean;
  /** Everything that was shown, in order. */
  readonly shown: readonly ShownText[];
  /** Somebody writes; gives the message's number. */
  write(conversation: string, text: string, id?: string): number;
  /** Swaps the two messages that were written last, which the channel has not asked for yet. */
  swapLast(): void;
  /** True once the offset is past a message. */
  isAcknowledged(number: number): boolean;
  /** Goes wrong with a post after `skip` more of them: it is not taken and not answered, taken and not answered, taken and answered at `answerLate`, or refused as busy. */
  fault(fault: PostFault, skip?: number): void;
  /** Resolves once a fault has come to pass. */
  faulted(): Promise<void>;
  /** Answers what was taken and left without an answer until now. */
  answerLate(): void;
  /** Messages are not given out until `resume`. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

interface Written {
  readonly number: number;
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
}

interface State {
  readonly deduplicates: boolean;
  readonly written: Written[];
  readonly shown: ShownText[];
  readonly keys: Map<string, number>;
  acknowledged: number;
  isPaused: boolean;
  readonly faults: { readonly fault: PostFault; skip: number }[];
  faulted: PromiseWithResolvers<void>;
  readonly late: (() => void)[];
  /** Long polls that wait for a message. */
  readonly polls: Set<() => void>;
}

/** How long a poll waits for messages, milliseconds. */
const pollMs = 2_000;

/** Starts a platform on a free port. */
export async function createPlatform(deduplicates: boolean): Promise<Platform> {
  const state: State = { deduplicates, written: [], shown: [], keys: new Map(), acknowledged: 0, isPaused: false, faults: [], faulted: Promise.withResolvers(), late: [], polls: new Set() };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://platform");
    if (request.method === "GET") giveMessages(Number(url.searchParams.get("after")), response, state);
    else takePost(request, response, state).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const look = (): void => {
    for (const poll of state.polls) poll();
  };
  return {
    url: `http://127.0.0.1:${toPort(server)}/`,
    deduplicates,
    shown: state.shown,
    write(conversation, text, id) {
      const number = state.written.length + 1;
      state.written.push({ number, id: id ?? String(number), conversation, text });
      look();
      return number;
    },
    swapLast() {
      const [one, other] = state.written.splice(-2);
      if (one !== undefined && other !== undefined) state.written.push({ ...other, number: one.number }, { ...one, number: other.number });
    },
    isAcknowledged: (number) => state.acknowledged >= number,
    fault(fault, skip = 0) {
      state.faults.push({ fault, skip });
      state.faulted = Promise.withResolvers();
    },
    faulted: () => state.faulted.promise,
    answerLate() {
      for (const answer of state.late.splice(0)) answer();
    },
    pause: () => void (state.isPaused = true),
    resume() {
      state.isPaused = false;
      look();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asking behind a number acknowledges everything up to it; a fresh process asks behind 0 and gets what was never acknowledged. */
function giveMessages(after: number, response: ServerResponse, state: State): void {
  state.acknowledged = Math.max(state.acknowledged, after);
  const give = (): boolean => {
    const messages = state.isPaused ? [] : state.written.filter(({ number }) => number > state.acknowledged).slice(0, 100);
    if (messages.length === 0) return false;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ messages }));
    return true;
  };
  if (give()) return;
  const end = (): void => {
    state.polls.delete(look);
    clearTimeout(timer);
  };
  const look = (): void => {
    if (response.destroyed || give()) end();
  };
  const timer = setTimeout(() => {
    end();
    response.setHeader("content-type", "application/json").end(JSON.stringify({ messages: [] }));
  }, pollMs);
  response.on("close", end);
  state.polls.add(look);
}

async function takePost(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const { conversation, text, key } = await readPost(request);
  const next = state.faults.at(0);
  const fault = next !== undefined && next.skip-- <= 0 ? state.faults.shift()?.fault : undefined;
  if (fault === "busy") {
    state.faulted.resolve();
    response.writeHead(429).end();
    return;
  }
  if (fault === "refuse-silently") {
    state.faulted.resolve();
    return;
  }
  const known = state.deduplicates ? state.keys.get(key) : undefined;
  const number = known ?? state.shown.push({ nonce: readNonce(text), conversation, text, key, at: performance.now() });
  state.keys.set(key, number);
  const answer = (): void => void response.setHeader("content-type", "application/json").end(JSON.stringify({ number }));
  if (fault === undefined) return answer();
  if (fault === "answer-late") state.late.push(answer);
  state.faulted.resolve();
}

async function readPost(request: IncomingMessage): Promise<{ readonly conversation: string; readonly text: string; readonly key: string }> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  const post: unknown = JSON.parse(body);
  if (typeof post !== "object" || post === null || !("conversation" in post) || !("text" in post) || !("key" in post)) throw new Error("this is no post");
  return { conversation: String(post.conversation), text: String(post.text), key: String(post.key) };
}
