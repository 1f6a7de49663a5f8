import { OmniError } from "@omni/core";

/** Work on a session; ends when its signal aborts. */
export type Work<Result> = (signal: AbortSignal) => Promise<Result>;

/** Work on sessions, one piece a session at a time, that can be ended from outside. */
export interface SessionRuns<Result> {
  /** Begins at once, or not at all: undefined where the session is not free, or as many others run as may. */
  offer(sessionId: string, work: Work<Result>): Promise<Result> | undefined;
  /** Begins when what runs for the session is done. Rejects where nothing is begun for it any more. */
  take(sessionId: string, work: Work<Result>): Promise<Result>;
  /** Ends what runs for a session, and begins nothing for it until `during` is settled, which is called when nothing runs. */
  suspend<Outcome>(sessionId: string, during: () => Promise<Outcome>): Promise<Outcome>;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Ends everything and begins nothing more. Resolves when nothing runs. */
  end(reason: OmniError): Promise<void>;
}

/** Makes runs, of which at most so many that were offered go on at the same time. */
export function createSessionRuns<Result>(most: number): SessionRuns<Result> {
  const running = new Map<string, { readonly done: Promise<Result>; readonly stop: AbortController }>();
  /** How many have suspended each session. */
  const suspended = new Map<string, number>();
  let ended: OmniError | undefined;

  const begin = (sessionId: string, work: Work<Result>): Promise<Result> => {
    const stop = new AbortController();
    const done = work(stop.signal).finally(() => running.delete(sessionId));
    running.set(sessionId, { done, stop });
    return done;
  };
  const settled = async (sessionId: string): Promise<void> => {
    for (let run = running.get(sessionId); run !== undefined; run = running.get(sessionId)) await run.done.catch(() => undefined);
  };
  return {
    offer(sessionId, work) {
      if (ended !== undefined || running.has(sessionId) || running.size >= most || suspended.has(sessionId)) return undefined;
      return begin(sessionId, work);
    },
    async take(sessionId, work) {
      for (let run = running.get(sessionId); run !== undefined; run = running.get(sessionId)) await run.done.catch(() => undefined);
      if (ended !== undefined) throw ended;
      if (suspended.has(sessionId)) throw toErased(sessionId);
      return begin(sessionId, work);
    },
    async suspend(sessionId, during) {
      suspended.set(sessionId, (suspended.get(sessionId) ?? 0) + 1);
      try {
        running.get(sessionId)?.stop.abort(toErased(sessionId));
        await settled(sessionId);
        return await during();
      } finally {
        const left = (suspended.get(sessionId) ?? 1) - 1;
        if (left === 0) suspended.delete(sessionId);
        else suspended.set(sessionId, left);
      }
    },
    async idle() {
      while (running.size > 0) await Promise.allSettled([...running.values()].map(({ done }) => done));
    },
    async end(reason) {
      ended = reason;
      for (const { stop } of running.values()) stop.abort(reason);
      await Promise.allSettled([...running.values()].map(({ done }) => done));
    },
  };
}

function toErased(sessionId: string): OmniError {
  return new OmniError("session.not-found", `The session ${sessionId} is being erased.`);
}
