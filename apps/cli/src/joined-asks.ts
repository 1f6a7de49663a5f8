import type { AskView } from "@omni/client";
import type { TurnService, WaitingAsk } from "./turn-service.ts";

/** The asks of turns in a gateway, as far as this process has heard of them. */
export interface JoinedAsks extends Pick<TurnService, "asks" | "onAsks"> {
  open(ask: AskView, turnId: string): void;
  /** One that somebody answered, or that is over. */
  close(askId: string): void;
  /** All of a turn that is over, or that nobody can be heard of for now. */
  closeAll(turnId: string): void;
  has(askId: string): boolean;
  /** Tells whoever subscribed that something has changed. */
  notify(): void;
}

/** Makes a place without asks. */
export function createJoinedAsks(): JoinedAsks {
  const waiting = new Map<string, WaitingAsk>();
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return {
    notify,
    asks: () => [...waiting.values()],
    onAsks(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    has: (askId) => waiting.has(askId),
    open(ask, turnId) {
      waiting.set(ask.askId, { ask, turnId });
      notify();
    },
    close(askId) {
      if (waiting.delete(askId)) notify();
    },
    closeAll(turnId) {
      const over = [...waiting.values()].filter((each) => each.turnId === turnId);
      for (const { ask } of over) waiting.delete(ask.askId);
      if (over.length > 0) notify();
    },
  };
}
