import type { EarlierTurn } from "@omni/agent";
import { toEarlierTurn } from "@omni/agent";
import type { Store, TurnSlot } from "@omni/core";
import type { EndedTurn } from "./ended-turn.ts";
import { countCharacters } from "./count-characters.ts";

/** Most characters kept in memory: what some forty sessions show of themselves in a context of 32,000 tokens. Reading a turn again takes a millisecond. */
const mostCharacters = 4_194_304;
/** Characters that a kept turn counts as besides its own: its objects take some 500 bytes, which for many short turns is most of what is kept. */
const charactersEach = 512;

/** Ended turns as later ones show them, the lately used ones from memory. */
export interface EarlierTurns {
  /** The turns of these slots, in their order. */
  load(slots: readonly TurnSlot[]): Promise<readonly EarlierTurn[]>;
  /** Keeps one that has just ended, so that the next turn need not read it. */
  remember(turn: Pick<EndedTurn, "input" | "events">): void;
  /** Forgets everything, after an erasure. */
  clear(): void;
}

/** An ended turn never changes, so it is read once; the least lately used goes first when there is no more room. */
export function createEarlierTurns(store: Store): EarlierTurns {
  const kept = new Map<string, { readonly turn: EarlierTurn; readonly size: number }>();
  let characters = 0;

  const keep = (turn: EarlierTurn): void => {
    const size = countCharacters(turn) + charactersEach;
    kept.set(turn.turnId, { turn, size });
    characters += size;
    for (const [turnId, oldest] of kept) {
      if (characters <= mostCharacters) return;
      kept.delete(turnId);
      characters -= oldest.size;
    }
  };
  /** From memory, as the one that was used last. */
  const recall = (turnId: string): EarlierTurn | undefined => {
    const known = kept.get(turnId);
    if (known === undefined) return undefined;
    kept.delete(turnId);
    kept.set(turnId, known);
    return known.turn;
  };
  const read = async (turnId: string): Promise<EarlierTurn> => {
    const turn = await readTurn(turnId, store);
    keep(turn);
    return turn;
  };

  return {
    async load(slots) {
      const turns: EarlierTurn[] = [];
      for (const { turnId } of slots) turns.push(recall(turnId) ?? (await read(turnId)));
      return turns;
    },
    remember({ input, events }) {
      if (events !== undefined && !kept.has(input.turnId)) keep(toEarlierTurn(input.turnId, events, input.attachments));
    },
    clear() {
      kept.clear();
      characters = 0;
    },
  };
}

async function readTurn(turnId: string, store: Store): Promise<EarlierTurn> {
  const [events, record] = await Promise.all([store.events(turnId), store.turn(turnId)]);
  return toEarlierTurn(turnId, events, record?.input.attachments);
}
