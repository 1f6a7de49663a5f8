import type { Principal } from "@omni/core";
import { OmniError } from "@omni/core";
import type { SessionQueues } from "./session-queues.ts";

/** How many turns each principal has that run and wait in this process. */
export interface TurnShares {
  /** Counts a message while it is being taken in; what comes back ends that. Throws `request.too-many` where its principal has as many as one may. */
  reserve(principal: Principal): () => void;
  /** Where work is handed in, which counts as its principal's until it is over: a turn that was cancelled while it waited keeps its place in its session. */
  readonly queues: SessionQueues;
}

/** Makes shares of at most `most` turns; whoever has scope `admin` may have any number. */
export function createTurnShares(queues: SessionQueues, most: number): TurnShares {
  const counts = new Map<string, number>();
  const add = (id: string, count: number): void => {
    const own = (counts.get(id) ?? 0) + count;
    if (own === 0) counts.delete(id);
    else counts.set(id, own);
  };
  return {
    reserve({ id, scopes }) {
      if (!scopes.includes("admin") && (counts.get(id) ?? 0) >= most) throw new OmniError("request.too-many", `${most} messages of yours wait here already, in all sessions, and this one was not taken; send it again later.`, { retryable: true, retryAfterMs: 5_000 });
      add(id, 1);
      return () => add(id, -1);
    },
    queues: {
      run(sessionId, applicant, work) {
        add(applicant.principalId, 1);
        const ended = queues.run(sessionId, applicant, work);
        const over = (): void => add(applicant.principalId, -1);
        ended.then(over, over);
        return ended;
      },
      away: queues.away,
      reserve: queues.reserve,
      idle: queues.idle,
      get running() {
        return queues.running;
      },
      get open() {
        return queues.open;
      },
    },
  };
}
