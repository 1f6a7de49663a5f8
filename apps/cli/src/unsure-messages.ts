import type { IncomingMessage } from "@omni/runtime";

/** Most messages that are remembered; the oldest is forgotten first. */
const mostKept = 16;

/** Messages of which nobody knows whether they were taken, with the keys they were sent under. */
export interface UnsureMessages {
  /** The key of the same message, where it is one of them. */
  keyOf(message: IncomingMessage): string | undefined;
  keep(message: IncomingMessage, key: string): void;
  forget(message: IncomingMessage): void;
}

/** Remembers none. */
export function createUnsureMessages(): UnsureMessages {
  const keys = new Map<string, string>();
  return {
    keyOf: (message) => keys.get(toIdentity(message)),
    keep(message, key) {
      keys.set(toIdentity(message), key);
      for (const oldest of keys.keys()) if (keys.size > mostKept) keys.delete(oldest);
    },
    forget: (message) => void keys.delete(toIdentity(message)),
  };
}

/** What makes two messages the same for whoever sends them. */
function toIdentity(message: IncomingMessage): string {
  return JSON.stringify(message);
}
