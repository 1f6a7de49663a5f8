import type { IncomingMessage } from "node:http";
import { createEventStreamParser } from "@omni/client";
import { OmniError } from "@omni/core";
import type { McpMessage } from "./mcp-message.ts";
import type { OpenUpstream, Upstream } from "./mcp-relay.ts";
import type { Terminal } from "../../terminal.ts";
import type { UnheardRequests } from "./unheard-requests.ts";
import { createUnheardRequests } from "./unheard-requests.ts";
import { toCancelledId, toErrorMessage, toMessage } from "./mcp-message.ts";

/** Where the gateway is. */
export interface JoinedPlace {
  readonly socketPath: string;
  readonly after: Terminal["after"];
}

/** One request to the gateway's route. */
type Ask = (method: "POST" | "GET" | "DELETE", message?: McpMessage) => Promise<IncomingMessage>;

/** What a session sends with each of its requests. */
type Headers = Record<string, string>;

/** Opens a session of the gateway behind this socket. Rejects where it takes none: it has gone, is stopping, or is of a version without the route. */
export async function openJoinedUpstream({ socketPath, after }: JoinedPlace, ...[initialize, events]: Parameters<OpenUpstream>): ReturnType<OpenUpstream> {
  const { Agent } = process.getBuiltinModule("node:http");
  // A connection a message: one that is kept may be closed at the other end just as it is used again.
  const agent = new Agent({ keepAlive: false });
  const headers: Headers = {};
  const ask: Ask = (method, message) => request({ socketPath, agent, method, path: "/mcp", headers: { host: "localhost", accept: "application/json, text/event-stream", ...headers } }, message);
  try {
    const response = await ask("POST", initialize);
    const session = response.headers["mcp-session-id"];
    let answer: McpMessage | undefined;
    for await (const message of readMessages(response)) if (message.id === initialize.id) answer = message;
    if (answer === undefined || typeof session !== "string") throw new OmniError("egress.failed", `The gateway began no MCP session (status ${response.statusCode}).`);
    headers["mcp-session-id"] = session;
    const version = toObject(answer["result"])["protocolVersion"];
    if (typeof version === "string") headers["mcp-protocol-version"] = version;
    return { answer, upstream: createSession({ ask, events, unheard: createUnheardRequests(after), free: () => agent.destroy() }) };
  } catch (error) {
    agent.destroy();
    throw error;
  }
}

/** What a session is made from. */
interface SessionParts {
  readonly ask: Ask;
  readonly events: Parameters<OpenUpstream>[1];
  readonly unheard: UnheardRequests;
  free(): void;
}

/** The rest of a session: every message is a request of its own, and what comes unasked is a stream. */
function createSession({ ask, events, unheard, free }: SessionParts): Upstream {
  const open = new Set<McpMessage["id"]>();
  let isOver = false;
  const lose = (): void => {
    if (isOver) return;
    isOver = true;
    free();
    events.lost();
  };
  const read = async (response: IncomingMessage): Promise<void> => {
    for await (const message of readMessages(response)) {
      if (message.method === undefined) open.delete(message.id);
      events.told(message);
    }
  };
  const deliver = async (message: McpMessage): Promise<void> => {
    const isRequest = message.id !== undefined && message.method !== undefined;
    const asked = ask("POST", message);
    if (isRequest) {
      open.add(message.id);
      unheard.add(message.id, asked);
    }
    const response = await asked;
    const { statusCode = 0 } = response;
    if (statusCode < 400) await read(response);
    else if (isGone(statusCode)) return lose();
    else if (message.id !== undefined && open.delete(message.id)) events.told(toErrorMessage(message.id, -32_000, toReason(await readText(response))));
    else response.resume();
    // A stream that ends without the answer it was for has broken off.
    if (isRequest && open.has(message.id)) lose();
  };
  const listen = async (): Promise<void> => {
    const response = await ask("GET");
    await read(response);
    // The stream lasts as long as the session; without one the session is good for all else.
    if (response.statusCode === 200 || isGone(response.statusCode ?? 0)) lose();
  };
  return {
    send(message) {
      if (isOver) return;
      const cancelled = toCancelledId(message);
      if (cancelled !== undefined) open.delete(cancelled);
      // A message is a connection, and this one must not overtake what it takes back.
      const heard = cancelled === undefined ? undefined : unheard.untilHeard(cancelled);
      if (heard === undefined) deliver(message).catch(lose);
      else heard.then(() => (isOver ? undefined : deliver(message))).catch(lose);
      if (message.method === "notifications/initialized") listen().catch(lose);
    },
    async close() {
      if (isOver) return;
      isOver = true;
      // Nobody waits for an answer, only for the gateway to have heard it.
      await ask("DELETE").then((response) => response.resume(), () => undefined);
      free();
    },
  };
}

/** True for what a gateway answers that knows the session no more, or will know it no longer. */
function isGone(status: number): boolean {
  return status === 401 || status === 404 || status === 503;
}

function toReason(text: string): string {
  try {
    const { error } = toObject(JSON.parse(text));
    return String(toObject(error)["message"] ?? text);
  } catch {
    return "The gateway refused the message.";
  }
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function request(options: object, message: McpMessage | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = process.getBuiltinModule("node:http").request(options, resolve);
    outgoing.on("error", reject);
    if (message !== undefined) outgoing.setHeader("content-type", "application/json");
    outgoing.end(message === undefined ? undefined : JSON.stringify(message));
  });
}

async function* readMessages(response: IncomingMessage): AsyncGenerator<McpMessage, void, undefined> {
  const parser = createEventStreamParser();
  const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
  response.setEncoding("utf8");
  for await (const chunk of response) {
    if (!isStream) continue;
    for (const item of parser.push(String(chunk))) {
      const message = item.kind === "event" ? toMessage(item.data) : undefined;
      if (typeof message === "object") yield message;
    }
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return text;
}
