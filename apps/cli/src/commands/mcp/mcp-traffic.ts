import type { McpId, McpMessage } from "./mcp-message.ts";
import { toCancelledId, toErrorMessage } from "./mcp-message.ts";

/** What is on its way between a client and its server. */
export interface McpTraffic {
  /** How many servers there were before this one: no answer to a request of theirs may be taken for an answer to one of its. */
  readonly generation: number;
  /** A request of the client was taken. */
  begin(id: McpId): void;
  /** It was answered, or is not to be. */
  settle(id: McpId): void;
  /** Resolves when every request of the client is settled. */
  idle(): Promise<void>;
  /** A server's message as the client is told it: its requests get names that no other server gave. Undefined for a request that nobody can answer any more. */
  toClient(message: McpMessage): McpMessage | undefined;
  /** A client's answer under the name that the server knows; undefined for one to nothing that is open. */
  toServer(message: McpMessage): McpMessage | undefined;
  /** The client answers nothing more; returns the server's requests that are open. */
  hangUp(): readonly McpId[];
  /** The server has gone; returns the client's requests that it has not answered. */
  lose(): readonly McpId[];
}

/** Nothing is on its way yet. */
export function createMcpTraffic(): McpTraffic {
  const open = new Map<string, McpId>();
  const asked = new Map<string, McpId>();
  let generation = 0;
  let isHungUp = false;
  let settled = Promise.withResolvers<void>();
  const nameOf = (id: McpId): string => `${generation}.${id}`;
  const take = (name: string): McpId | undefined => {
    const id = asked.get(name);
    asked.delete(name);
    return id;
  };
  return {
    get generation() {
      return generation;
    },
    begin: (id) => void open.set(JSON.stringify(id), id),
    settle(id) {
      open.delete(JSON.stringify(id));
      settled.resolve();
      settled = Promise.withResolvers<void>();
    },
    async idle() {
      while (open.size > 0) await settled.promise;
    },
    toClient(message) {
      const cancelled = toCancelledId(message);
      if (cancelled !== undefined) {
        take(nameOf(cancelled));
        return { ...message, params: { ...message.params, requestId: nameOf(cancelled) } };
      }
      const { id } = message;
      if (id === undefined) return message;
      if (isHungUp) return undefined;
      asked.set(nameOf(id), id);
      return { ...message, id: nameOf(id) };
    },
    toServer(message) {
      const id = take(String(message.id));
      return id === undefined ? undefined : { ...message, id };
    },
    hangUp() {
      isHungUp = true;
      return [...asked.keys()].flatMap((name) => take(name) ?? []);
    },
    lose() {
      generation += 1;
      asked.clear();
      return [...open.values()];
    },
  };
}

/** What a server is answered whose request nobody can answer any more. */
export function toHungUp(id: McpId): McpMessage {
  return toErrorMessage(id, -32_000, "The client has ended its input.");
}
