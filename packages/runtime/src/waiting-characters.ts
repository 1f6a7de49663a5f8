import type { Principal, TurnInput } from "@omni/core";
import { OmniError } from "@omni/core";
import type { TurnStream } from "./turn-stream.ts";
import { countCharacters } from "./count-characters.ts";

/** Most characters, as JavaScript counts them, of the messages that run and wait. */
export interface CharacterBounds {
  /** Of all of them together. */
  readonly inAll: number;
  /** Of those of one principal without scope `admin`. */
  readonly each: number;
}

/** How many characters the messages have that run and wait in this process, with what came with them. */
export interface WaitingCharacters {
  /**
   * Counts a message that is being taken in. What comes back ends that: it is
   * given back unless it is held by then. Throws `request.too-many` where there
   * are as many already as there may be, whatever this one brings: an empty
   * queue takes any message, and a bound is passed by one message at most.
   */
  reserve(input: TurnInput): () => void;
  /** Counts a message that was accepted, however many there are, until its turn has ended. */
  hold(input: TurnInput, stream: Pick<TurnStream, "outcome">): void;
}

/** Characters that are counted as one principal's. */
interface Counted {
  readonly owner: string;
  readonly characters: number;
  isHeld: boolean;
}

/** Counts from nothing. */
export function createWaitingCharacters(bounds: CharacterBounds): WaitingCharacters {
  const counted = new Map<string, Counted>();
  const owners = new Map<string, number>();
  let total = 0;
  const add = (owner: string, characters: number): void => {
    total += characters;
    const own = (owners.get(owner) ?? 0) + characters;
    if (own === 0) owners.delete(owner);
    else owners.set(owner, own);
  };
  const count = ({ turnId, principal, text, attachments }: TurnInput): Counted => {
    const known = counted.get(turnId);
    if (known !== undefined) return known;
    const added = { owner: principal.id, characters: text.length + (attachments === undefined ? 0 : countCharacters(attachments)), isHeld: false };
    counted.set(turnId, added);
    add(added.owner, added.characters);
    return added;
  };
  const giveBack = (turnId: string): void => {
    const gone = counted.get(turnId);
    if (gone !== undefined) add(gone.owner, -gone.characters);
    counted.delete(turnId);
  };
  const check = ({ id, scopes }: Principal): void => {
    if (total >= bounds.inAll) throw tooMany(`${bounds.inAll} characters of messages`);
    if (!scopes.includes("admin") && (owners.get(id) ?? 0) >= bounds.each) throw tooMany(`${bounds.each} characters of messages of yours`);
  };
  return {
    reserve(input) {
      check(input.principal);
      const reserved = count(input);
      return () => {
        if (!reserved.isHeld) giveBack(input.turnId);
      };
    },
    hold(input, stream) {
      const held = count(input);
      if (held.isHeld) return;
      held.isHeld = true;
      void untilEnded(stream).then(() => giveBack(input.turnId));
    },
  };
}

/** Resolves when the turn has ended. One that the store holds up has told who waited so, and has another outcome to come. */
async function untilEnded(stream: Pick<TurnStream, "outcome">): Promise<void> {
  for (;;) {
    const { outcome } = stream;
    await outcome.catch(() => undefined);
    if (stream.outcome === outcome) return;
  }
}

function tooMany(what: string): OmniError {
  return new OmniError("request.too-many", `${what} wait here already, in all sessions, and this one was not taken; send it again later.`, { retryable: true, retryAfterMs: 5_000 });
}
