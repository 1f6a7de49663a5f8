import type { DurableEvent, Message, TurnInput } from "@omni/core";
import { readForeign } from "./foreign.ts";
import { findLast, toShownTurn } from "./transcript.ts";

/** An ended turn of the session as later turns show it. It never changes, so whoever runs turns can keep it. */
export interface EarlierTurn {
  readonly turnId: string;
  /** What is shown of it; nothing of one that never got as far as a prompt. */
  readonly messages: readonly Message[];
  /** The turn from which it showed the history itself; null where it showed none. */
  readonly historyFrom: string | null;
  /** True where it read what strangers wrote. */
  readonly isForeign: boolean;
}

/** A recorded, ended turn for those that come after it. */
export function toEarlierTurn(turnId: string, events: readonly DurableEvent[], attachments: TurnInput["attachments"]): EarlierTurn {
  const shown = toShownTurn(events, attachments);
  const { historyFrom = null } = findLast(events, "trim") ?? findLast(events, "prompt") ?? {};
  return { turnId, messages: shown === undefined ? [] : [shown.user, ...shown.rounds.flatMap((round) => round.messages)], historyFrom, isForeign: readForeign(events) };
}
