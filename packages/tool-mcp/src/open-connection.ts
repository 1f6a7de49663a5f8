import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { FetchLike, Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { resolve } from "node:path";
import type { Connection, ConnectionEvents, ConnectionParts } from "./connection.ts";
import { createStdioTransport } from "./stdio-transport.ts";
import { createWatchedFetch } from "./watched-fetch.ts";
import { cutMark, RequestFailure, toHttpStatus, toReason, toRequestFailure } from "./request-failure.ts";
import { sendRequest } from "./send-request.ts";
import { toServerEnvironment } from "./server-environment.ts";

/** Time after the end of an answer's stream in which the client has surely read it, milliseconds. */
const readMs = 1_000;

/** Time a server over HTTP has to forget the session, milliseconds. */
const farewellMs = 1_000;

/** Longest timer there is: the SDK's own timers are not the host's, so they are put out of the way. */
const never = 2_147_483_647;

interface Life {
  isOpen: boolean;
  isClosing: boolean;
  heard: number;
  protocol?: string;
  lastError?: string;
}

/** Connects to one server. Streamable HTTP falls back to the older SSE where the server does not know it. This file loads the SDK. */
export async function openConnection(parts: ConnectionParts, events: ConnectionEvents, signal: AbortSignal): Promise<Connection> {
  try {
    return await (parts.options.type === "http" ? connectOverHttp(parts, events, signal) : connect(parts.options.type, parts, events, signal));
  } catch (error) {
    const status = toHttpStatus(error);
    if (status !== 401 && status !== 403) throw error;
    throw toRequestFailure(error, { isOpen: true });
  }
}

async function connectOverHttp(parts: ConnectionParts, events: ConnectionEvents, signal: AbortSignal): Promise<Connection> {
  try {
    return await connect("http", parts, events, signal);
  } catch (error) {
    const status = toHttpStatus(error);
    const isUnknown = status !== undefined && status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
    if (!isUnknown) throw error;
    return await connect("sse", parts, events, signal).catch((second: unknown) => {
      throw new Error(`it speaks neither streamable HTTP (${toReason(error)}) nor SSE (${toReason(second)})`, { cause: error });
    });
  }
}

async function connect(kind: Connection["transport"], parts: ConnectionParts, events: ConnectionEvents, signal: AbortSignal): Promise<Connection> {
  const { clock } = parts.host;
  const client = new Client({ name: "omni", version: "0.1.0" }, { jsonSchemaValidator: { getValidator: () => (data) => ({ valid: false, data: undefined, errorMessage: `nothing is validated here: ${typeof data}` }) } });
  const life: Life = { isOpen: false, isClosing: false, heard: clock.monotonic() };
  const made = makeTransport(kind, parts, () => life.heard = clock.monotonic());
  const end = (reason: string): void => {
    const wasOpen = life.isOpen && !life.isClosing;
    life.isOpen = false;
    if (wasOpen) events.lost(reason);
  };
  // The SDK's handlers are plain properties, one of each.
  Object.assign(client, {
    onclose: () => end(made.reason() ?? life.lastError ?? "the connection was closed"),
    onerror(error: Error) {
      life.lastError = toReason(error);
      if (!life.isClosing) parts.diagnosis.error(life.lastError);
      if (life.isOpen && isTheEnd(kind, error)) void client.close().catch(() => undefined);
    },
  });
  watchProtocol(made.transport, life);
  client.setNotificationHandler(ToolListChangedNotificationSchema, events.toolsChanged);
  const close = async (): Promise<void> => {
    life.isClosing = true;
    await made.farewell(life.isOpen).catch(() => undefined);
    await made.transport.close().catch(() => undefined);
  };
  const connecting = client.connect(made.transport, { timeout: never }).catch((error: unknown) => {
    const reason = made.reason();
    throw reason === undefined ? error : new RequestFailure("lost", reason, { cause: error });
  });
  await unlessAborted(connecting, signal, close);
  life.isOpen = true;
  const capabilities: Readonly<Record<string, unknown>> = { ...client.getServerCapabilities() };
  const server = client.getServerVersion();
  return {
    transport: kind,
    get pid() {
      return made.pid();
    },
    protocol: life.protocol,
    server: server === undefined ? undefined : { name: server.name, version: server.version },
    hasCapability: (name) => capabilities[name] !== undefined,
    lastHeard: () => life.heard,
    request: (method, params, options) => sendRequest({ client, clock, isOpen: () => life.isOpen, reason: () => made.reason() ?? life.lastError }, { method, params }, options),
    close,
  };
}

/** The client tells its transport, and nobody else, which version the two agreed on. */
function watchProtocol(transport: Transport, life: Life): void {
  const tell = transport.setProtocolVersion?.bind(transport);
  Object.assign(transport, {
    setProtocolVersion(version: string) {
      life.protocol = version;
      tell?.(version);
    },
  });
}

/** An SSE session does not outlive its stream; a stream of streamable HTTP is tried again by the SDK, a few times. */
function isTheEnd(kind: Connection["transport"], error: Error): boolean {
  return (kind === "sse" && error.message.startsWith("SSE error")) || error.message.startsWith("Maximum reconnection attempts");
}

/** Settles with the connecting, unless the signal is aborted first: then what was begun is closed. */
async function unlessAborted(connecting: Promise<void>, signal: AbortSignal, close: () => Promise<void>): Promise<void> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([connecting, aborted]);
  } catch (error) {
    void connecting.catch(() => undefined);
    await close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    void aborted.catch(() => undefined);
  }
}

interface MadeTransport {
  readonly transport: Transport;
  readonly pid: () => number | undefined;
  /** Why it ended by itself, where it knows. */
  readonly reason: () => string | undefined;
  /** Takes leave of a session, where there is one. */
  readonly farewell: (isOpen: boolean) => Promise<void>;
}

function makeTransport(kind: Connection["transport"], parts: ConnectionParts, heard: () => void): MadeTransport {
  if (kind === "stdio") {
    const transport = createStdioTransport({ clock: parts.host.clock, diagnosis: parts.diagnosis, start: (signal) => startProcess(parts, signal) });
    Object.assign(transport, { onmessage: heard });
    return { transport, pid: () => transport.pid, reason: () => transport.reason, farewell: async () => undefined };
  }
  const unanswered = new Set<unknown>();
  const { clock } = parts.host;
  const fetch = createWatchedFetch(parts.host.egress.configured(), {
    asked: (id) => void unanswered.add(id),
    answerEnded(id, isSettled) {
      if (kind !== "http" || isSettled) unanswered.delete(id);
      else clock.after(readMs, () => {
        if (unanswered.delete(id)) transport.onmessage?.({ jsonrpc: "2.0", id, error: { code: -32_000, message: "the answer broke off", data: { kind: cutMark } } });
      });
    },
  });
  const { transport, farewell } = makeHttpTransport(kind, parts, fetch);
  Object.assign(transport, {
    onmessage(message: JSONRPCMessage) {
      heard();
      if ("id" in message && !("method" in message)) unanswered.delete(message.id);
    },
  });
  return { transport, pid: () => undefined, reason: () => undefined, farewell: (isOpen) => (isOpen ? Promise.race([farewell(), new Promise<void>((done) => void clock.after(farewellMs, done))]) : Promise.resolve()) };
}

function makeHttpTransport(kind: "http" | "sse", { options }: ConnectionParts, fetch: FetchLike): { readonly transport: Transport; readonly farewell: () => Promise<void> } {
  const url = new URL(options.url ?? "");
  const init = { fetch, requestInit: { headers: { ...options.headers } } };
  if (kind === "sse") return { transport: new SSEClientTransport(url, init), farewell: async () => undefined };
  const transport = new StreamableHTTPClientTransport(url, init);
  return { transport, farewell: () => transport.terminateSession() };
}

function startProcess({ options, host }: ConnectionParts, signal: AbortSignal): ReturnType<typeof host.spawn.start> {
  const env = { ...toServerEnvironment(options.inheritedEnv), ...options.env };
  const cwd = options.cwd === undefined ? host.paths.workspace : resolve(host.paths.home, options.cwd);
  return host.spawn.start({ argv: [options.command ?? "", ...options.args], cwd, env }, { signal });
}
