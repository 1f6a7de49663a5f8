import type { McpId } from "./mcp-message.ts";
import type { Terminal } from "../../terminal.ts";

/** Longest that is waited for a gateway to begin its response to a request, in milliseconds. */
const mostWaitMs = 5_000;

/** Requests to a gateway whose responses have not begun: it may not know of them yet. */
export interface UnheardRequests {
  /** Keeps a request until its response begins or it has failed. */
  add(id: McpId, response: Promise<unknown>): void;
  /** Resolves when the request is kept no longer, at most five seconds later; undefined where it is not kept. */
  untilHeard(id: McpId): Promise<void> | undefined;
}

/** Keeps none yet. */
export function createUnheardRequests(after: Terminal["after"]): UnheardRequests {
  const unheard = new Map<McpId, Promise<void>>();
  return {
    add(id, response) {
      const forget = (): void => {
        if (unheard.get(id) === heard) unheard.delete(id);
      };
      const heard: Promise<void> = response.then(forget, forget);
      unheard.set(id, heard);
    },
    untilHeard(id) {
      const heard = unheard.get(id);
      if (heard === undefined) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const callOff = after(mostWaitMs, resolve);
      return Promise.race([heard, promise]).finally(callOff);
    },
  };
}
