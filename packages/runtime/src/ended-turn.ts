import type { DurableEvent, SessionWindow, TurnInput, TurnOutcome } from "@omni/core";
import type { ShownHistory } from "./consolidation/create-consolidator.ts";

/** What is left of a turn for those who look after it. */
export interface EndedTurn {
  readonly input: TurnInput;
  readonly outcome: TurnOutcome;
  readonly window: SessionWindow;
  /** Ids of the episodes that the model was shown. */
  readonly recalled: readonly string[];
  readonly shown: ShownHistory;
}

/** Gathers what those who look after a turn need, event by event: the events of a long turn are not kept for it. */
export interface TurnWatch {
  see(event: DurableEvent): void;
  readonly recalled: readonly string[];
  readonly shown: ShownHistory;
}

/** A watch that has seen these events. */
export function createTurnWatch(recorded: readonly DurableEvent[]): TurnWatch {
  let recalled: readonly string[] = [];
  let shown: ShownHistory = { from: null, isTrimmed: false };
  const see = (event: DurableEvent): void => {
    if (event.type === "prompt") {
      recalled = event.recalled;
      shown = { from: event.historyFrom, isTrimmed: shown.isTrimmed };
    } else if (event.type === "trim") shown = { from: event.historyFrom, isTrimmed: true };
  };
  recorded.forEach(see);
  return {
    see,
    get recalled() {
      return recalled;
    },
    get shown() {
      return shown;
    },
  };
}
