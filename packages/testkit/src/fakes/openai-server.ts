import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { JsonObject } from "@omni/core";
import type { Barriers } from "./openai-server-barriers.ts";
import type { ChatBody } from "./openai-server-reply.ts";
import type { OpenAIScript, ScriptReader } from "./openai-server-script.ts";
import { createBarriers } from "./openai-server-barriers.ts";
import { createScriptReader } from "./openai-server-script.ts";
import { isObject, toChatBody } from "./openai-server-reply.ts";
import { sendReply } from "./openai-server-send.ts";
import { toWireReply } from "./openai-server-wire.ts";

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query: `/v1/chat/completions`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON; an empty object where there is none. */
  readonly body: JsonObject;
  /** Wall time of arrival, Unix milliseconds. */
  readonly at: number;
  /** Resolves when the exchange is over: the reply was sent whole, or the client or the fake broke it off. */
  readonly closed: Promise<"sent" | "broken">;
}

/** How a fake server is made. */
export interface FakeOpenAIOptions {
  readonly script?: OpenAIScript;
  /** Entries of `/v1/models`, ids or whole objects; a number answers that status. `fake-model` where absent. */
  readonly models?: readonly (string | JsonObject)[] | number;
  /** The port of 127.0.0.1; 0, where absent, picks a free one. */
  readonly port?: number;
}

/** An OpenAI-compatible server over real HTTP whose replies are written beforehand. */
export interface FakeOpenAI extends Omit<Barriers, "pass"> {
  /** The base URL, ending in `/v1`. */
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Those of `/chat/completions` alone. */
  readonly chats: readonly RecordedRequest[];
  /** How many connections were opened so far. */
  readonly connections: number;
  /** Replaces what is left of the script; numbers start at 0 again. */
  script(script: OpenAIScript): void;
  /** Resolves with the request once `count` chat requests have arrived. */
  requested(count: number): Promise<RecordedRequest>;
  /** Breaks every connection off and stops. Idempotent. */
  close(): Promise<void>;
}

interface State {
  reader: ScriptReader;
  readonly models: NonNullable<FakeOpenAIOptions["models"]>;
  readonly requests: RecordedRequest[];
  readonly chats: RecordedRequest[];
  readonly waiting: { readonly count: number; readonly resolve: (request: RecordedRequest) => void }[];
  readonly barriers: Barriers;
}

/** Starts a fake OpenAI server on 127.0.0.1. */
export async function createFakeOpenAI(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const barriers = createBarriers();
  const state: State = { reader: createScriptReader(options.script ?? []), models: options.models ?? ["fake-model"], requests: [], chats: [], waiting: [], barriers };
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    answer(request, response, state).catch(() => response.destroy());
  });
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests: state.requests,
    chats: state.chats,
    get connections() {
      return connections;
    },
    reached: barriers.reached,
    release: barriers.release,
    script(script) {
      state.reader = createScriptReader(script);
    },
    requested(count) {
      const known = state.chats[count - 1];
      return known === undefined ? new Promise((resolve) => state.waiting.push({ count, resolve })) : Promise.resolve(known);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const body = await readBody(request);
  const recorded = toRecorded(request, response, body);
  state.requests.push(recorded);
  const path = recorded.path.split("?")[0];
  if (recorded.method === "GET" && path === "/v1/models") return answerModels(response, state.models);
  if (recorded.method !== "POST" || path !== "/v1/chat/completions") return answerJson(response, 404, { error: { message: `There is no ${recorded.method} ${recorded.path} here.`, type: "invalid_request_error" } });
  const index = state.chats.push(recorded) - 1;
  for (const each of state.waiting) if (each.count <= state.chats.length) each.resolve(state.chats[each.count - 1] ?? recorded);
  const chat: ChatBody = toChatBody(body);
  const reply = await state.reader.next(chat);
  await sendReply(response, reply, toWireReply(reply, chat, index), state.barriers.pass);
}

function answerModels(response: ServerResponse, models: State["models"]): void {
  if (typeof models === "number") return answerJson(response, models, { error: { message: "There is no list of models here." } });
  const data = models.map((model) => ({ object: "model", created: 1_700_000_000, owned_by: "fake", ...(typeof model === "string" ? { id: model } : model) }));
  answerJson(response, 200, { object: "list", data });
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function toRecorded(request: IncomingMessage, response: ServerResponse, body: JsonObject): RecordedRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]));
  const closed = new Promise<"sent" | "broken">((resolve) => response.once("close", () => resolve(response.writableFinished ? "sent" : "broken")));
  return { method: request.method ?? "", path: request.url ?? "", headers, body, at: Date.now(), closed };
}

async function readBody(request: IncomingMessage): Promise<JsonObject> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) text += String(chunk);
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return { invalid: text };
  }
}
