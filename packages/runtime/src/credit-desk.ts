import type { Clock, Log, Memory, TurnOutcome } from "@omni/core";
import { toOmniError } from "@omni/core";

/** How long a person may say what a turn was worth before its tools do, milliseconds. */
const waitMs = 120_000;

/** A turn that was shown memories. */
export interface CreditedTurn {
  readonly turnId: string;
  readonly sessionId: string;
  /** Ids of the memories that were shown. */
  readonly ids: readonly string[];
}

/** Decides what a turn says about the memories that were shown in it: a person's word before the tools', and else nothing. */
export interface CreditDesk {
  /** A turn has ended. What its tools say counts at the next turn of the session, after two minutes, or when the desk is closed, unless a person was faster. */
  ended(turn: CreditedTurn, outcome: TurnOutcome): void;
  /** A person says what a turn was worth, in [0, 1]. Rejects as the memory does. */
  feedback(turn: CreditedTurn, reward: number): Promise<void>;
  /** Counts what still waits. */
  close(): Promise<void>;
}

interface Waiting {
  readonly turn: CreditedTurn;
  readonly reward: number;
  callOff(): void;
}

/** Makes a desk; without a memory it does nothing. */
export function createCreditDesk(memory: Memory | undefined, clock: Clock, log: Log): CreditDesk {
  const waiting = new Map<string, Waiting>();
  const count = async ({ turnId, ids }: CreditedTurn, reward: number): Promise<void> => {
    if (ids.length > 0) await memory?.reinforce({ turnId, ids, reward });
  };
  const settle = async (sessionId: string): Promise<void> => {
    const known = waiting.get(sessionId);
    if (known === undefined) return;
    waiting.delete(sessionId);
    known.callOff();
    await count(known.turn, known.reward).catch((error: unknown) => log.warn("the memory could not be told what helped", { message: toOmniError(error).message }));
  };
  return {
    ended(turn, outcome) {
      void settle(turn.sessionId);
      const reward = toReward(outcome);
      if (reward === undefined || turn.ids.length === 0 || memory === undefined) return;
      waiting.set(turn.sessionId, { turn, reward, callOff: clock.after(waitMs, () => void settle(turn.sessionId)) });
    },
    async feedback(turn, reward) {
      const known = waiting.get(turn.sessionId);
      if (known?.turn.turnId === turn.turnId) {
        known.callOff();
        waiting.delete(turn.sessionId);
      }
      await count(turn, reward);
    },
    async close() {
      await Promise.all([...waiting.keys()].map(settle));
    },
  };
}

/** What the calls of a turn say together: 1 where all did what they should, 0 where none did, nothing where they are divided or there were none. */
function toReward({ toolCalls }: TurnOutcome): number | undefined {
  if (toolCalls.length === 0) return undefined;
  const good = toolCalls.filter((call) => call.status === "completed").length;
  if (good === toolCalls.length) return 1;
  return good === 0 ? 0 : undefined;
}
