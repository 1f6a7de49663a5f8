import type { Steering } from "@omni/agent";
import type { TurnInput } from "@omni/core";

/** Messages of this process that would rather join a turn than be one. */
export interface SteeringDesk {
  /** A message was accepted: one that steers or collects waits here until a turn takes it, or its own time comes. One for which there is no room is a turn of its own, in its order. */
  accepted(input: TurnInput): void;
  /** What a turn of the session takes: at its beginning (round 0) what is collected, later what steers; never itself, and nothing that may do other things than it. */
  take(input: TurnInput, round: number): readonly Steering[];
  /** True once a turn has taken it: it ends with that one, and cannot be taken back. */
  isTaken(turnId: string): boolean;
  /** The turn begins by itself, or was cancelled: it joins no other. */
  leave(turnId: string): void;
}

/** Most characters of all messages that wait here. */
const mostCharacters = 16_777_216;

/**
 * Makes a desk. What waits here is on disk as well, as turns of its own, so
 * nothing is lost with it. A message that is an exact call joins none: it is
 * carried out as it is, and not told to a model.
 */
export function createSteeringDesk(isCall: (text: string) => boolean, room: number = mostCharacters): SteeringDesk {
  const waiting = new Map<string, TurnInput>();
  let characters = 0;
  const remove = (turnId: string): void => {
    characters -= waiting.get(turnId)?.text.length ?? 0;
    waiting.delete(turnId);
  };
  const takenIds = new Set<string>();
  return {
    accepted(input) {
      const { turnId, mode, text } = input;
      if ((mode !== "steer" && mode !== "collect") || !hasTextOnly(input) || characters + text.length > room) return;
      waiting.set(turnId, input);
      characters += text.length;
    },
    take(input, round) {
      const { turnId, sessionId, mode } = input;
      const wanted = round === 0 ? "collect" : "steer";
      if (round === 0 && mode !== "collect") return [];
      const authority = toAuthority(input);
      const taken = [...waiting.values()].filter((each) => each.sessionId === sessionId && each.turnId !== turnId && each.mode === wanted && toAuthority(each) === authority && !isCall(each.text));
      for (const each of taken) {
        remove(each.turnId);
        takenIds.add(each.turnId);
      }
      return taken.map((each) => ({ text: each.text, turnId: each.turnId }));
    },
    isTaken: (turnId) => takenIds.has(turnId),
    leave(turnId) {
      remove(turnId);
      takenIds.delete(turnId);
    },
  };
}

/** A turn takes in words and nothing else: what came with them would be lost. */
function hasTextOnly({ attachments = [] }: TurnInput): boolean {
  return attachments.length === 0;
}

/**
 * Who sent it, what may be done for it, and where its answer goes. Words of
 * somebody else, or with other bounds, are never carried out in a turn of
 * this one's: they are a turn of their own.
 */
function toAuthority({ principal, autonomy, workspace, origin, conversation, interactive, model, limits = {} }: TurnInput): string {
  const bounds = Object.entries(limits).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([principal.id, [...principal.scopes].toSorted(), autonomy, workspace, origin, conversation ?? null, interactive, model ?? null, bounds]);
}
