import type { DurableEvent, SessionWindow, TurnInput, TurnOutcome } from "@omni/core";
import type { ShownHistory } from "./consolidation/create-consolidator.ts";
import { countCharacters } from "./count-characters.ts";

/** What is left of a turn for those who look after it. */
export interface EndedTurn {
  readonly input: TurnInput;
  readonly outcome: TurnOutcome;
  readonly window: SessionWindow;
  /** Ids of the episodes that the model was shown. */
  readonly recalled: readonly string[];
  readonly shown: ShownHistory;
  /** What was recorded of it, where that is not too much to keep. */
  readonly events: readonly DurableEvent[] | undefined;
}

/** Most characters of a turn's events that are kept for those who come after it: a few calls with long results. */
const mostCharacters = 262_144;

/** Gathers what those who look after a turn need, event by event: the events of a long turn are not kept for it. */
export interface TurnWatch {
  see(event: DurableEvent): void;
  readonly events: readonly DurableEvent[] | undefined;
  readonly recalled: readonly string[];
  readonly shown: ShownHistory;
}

/** A watch that has seen these events. */
export function createTurnWatch(recorded: readonly DurableEvent[]): TurnWatch {
  let recalled: readonly string[] = [];
  let shown: ShownHistory = { from: null, isTrimmed: false };
  let events: DurableEvent[] | undefined = [];
  let characters = 0;
  const see = (event: DurableEvent): void => {
    characters += events === undefined ? 0 : countCharacters(event);
    if (characters > mostCharacters) events = undefined;
    events?.push(event);
    if (event.type === "prompt") {
      recalled = event.recalled;
      shown = { from: event.historyFrom, isTrimmed: shown.isTrimmed };
    } else if (event.type === "trim") shown = { from: event.historyFrom, isTrimmed: true };
  };
  recorded.forEach(see);
  return {
    see,
    get events() {
      return events;
    },
    get recalled() {
      return recalled;
    },
    get shown() {
      return shown;
    },
  };
}
