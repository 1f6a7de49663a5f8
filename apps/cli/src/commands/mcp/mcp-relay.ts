import type { McpId, McpMessage } from "./mcp-message.ts";
import type { McpTraffic } from "./mcp-traffic.ts";
import { createMcpTraffic, toHungUp } from "./mcp-traffic.ts";
import { toCancelledId, toErrorMessage } from "./mcp-message.ts";

/** The server that a client's messages go to: one in this process, or a session of the gateway. */
export interface Upstream {
  /** Hands a message on. What comes back is told, and that nothing can come back any more. */
  send(message: McpMessage): void;
  close(): Promise<void>;
}

/** What an upstream tells. */
export interface UpstreamEvents {
  told(message: McpMessage): void;
  /** It has gone; told once. */
  lost(): void;
}

/** Opens an upstream with the client's own first request; resolves with the answer to it. */
export type OpenUpstream = (initialize: McpMessage, events: UpstreamEvents) => Promise<{ readonly upstream: Upstream; readonly answer: McpMessage }>;

/** What stands between one client and its server. */
export interface McpRelay {
  receive(message: McpMessage): void;
  /** Answers what could not be read, under its id where that could be. */
  refuse(code: number, message: string, id?: McpId): void;
  /** The client says nothing more: resolves when every request of it is answered. */
  end(): Promise<void>;
  /** Rejects when no server can be had; else it never settles. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** What a relay is made from. */
export interface McpRelayParts {
  readonly open: OpenUpstream;
  /** Sends to the client. */
  tell(message: object): void;
}

/** The server behind a relay, as it comes and goes. */
interface Link {
  begin(initialize: McpMessage): void;
  pass(message: McpMessage): void;
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

const lostWords = "The gateway went away before it answered. Whether a call had its effect is unknown, and it was not made again; omni sessions list shows what was recorded.";

/**
 * Relays the messages of one client. When the server behind it goes away, what
 * was not answered is answered with an error, a new one is opened with the
 * client's own first request, and the client is told to read the tools anew.
 */
export function createMcpRelay(parts: McpRelayParts): McpRelay {
  const { tell } = parts;
  const traffic = createMcpTraffic();
  const link = createLink(parts, traffic);
  let isBegun = false;

  const request = (message: McpMessage, id: McpId): void => {
    // Whether anybody is there may be asked before there is a server.
    if (!isBegun && message.method === "ping") return tell({ jsonrpc: "2.0", id, result: {} });
    const isFirst = message.method === "initialize";
    if (isFirst === isBegun) return tell(toErrorMessage(id, -32_600, isFirst ? "The session is initialised already." : "Begin with an initialize request."));
    traffic.begin(id);
    isBegun = true;
    if (isFirst) link.begin(message);
    else link.pass(message);
  };
  return {
    failed: link.failed,
    close: link.close,
    refuse: (code, message, id) => tell(toErrorMessage(id ?? null, code, message)),
    receive(message) {
      if (message.method === undefined) {
        const answer = traffic.toServer(message);
        return answer === undefined ? undefined : link.pass(answer);
      }
      if (message.id !== undefined) return request(message, message.id);
      const cancelled = toCancelledId(message);
      if (cancelled !== undefined) traffic.settle(cancelled);
      link.pass(message);
    },
    end() {
      for (const id of traffic.hangUp()) link.pass(toHungUp(id));
      return traffic.idle();
    },
  };
}

function createLink({ open, tell }: McpRelayParts, traffic: McpTraffic): Link {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let upstream: Promise<Upstream> | undefined;
  let first: McpMessage | undefined;
  let initialized: McpMessage | undefined;
  let isClosed = false;

  const pass = (message: McpMessage): void => {
    if (message.method === "notifications/initialized") initialized = message;
    void upstream?.then((current) => current.send(message), failed.reject);
  };
  const take = (message: McpMessage): void => {
    const isAnswer = message.method === undefined;
    const shown = isAnswer ? message : traffic.toClient(message);
    if (shown !== undefined) tell(shown);
    else if (message.id !== undefined) pass(toHungUp(message.id));
    if (isAnswer && message.id !== undefined) traffic.settle(message.id);
  };
  const connect = async (initialize: McpMessage): Promise<Upstream> => {
    const { generation } = traffic;
    const isCurrent = (): boolean => generation === traffic.generation && !isClosed;
    const opened = await open(initialize, { lost: () => (isCurrent() ? replace() : undefined), told: (message) => (isCurrent() ? take(message) : undefined) });
    if (generation === 0) take(opened.answer);
    else {
      if (initialized !== undefined) opened.upstream.send(initialized);
      tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    }
    return opened.upstream;
  };
  const replace = (): void => {
    for (const id of traffic.lose()) {
      tell(toErrorMessage(id, -32_000, lostWords));
      traffic.settle(id);
    }
    begin({ ...first, jsonrpc: "2.0", id: `omni-${traffic.generation}` });
  };
  const begin = (initialize: McpMessage): void => {
    first = initialize;
    upstream = connect(initialize);
    upstream.catch(failed.reject);
  };
  return {
    begin,
    pass,
    failed: failed.promise,
    async close() {
      isClosed = true;
      await (await upstream?.catch(() => undefined))?.close();
    },
  };
}
