import { createFairLine } from "./fair-line.ts";

/** Whose work waits for a place. */
export interface Applicant {
  readonly principalId: string;
  /** Aborted when the work is stopped: it waits for no place any more, since it has only its end to write. */
  readonly signal: AbortSignal;
}

/** Work in order within a session, side by side across sessions, at most `concurrency` at once. */
export interface SessionQueues {
  /** Runs `work` after all earlier work of the session, when there is a place. */
  run<T>(sessionId: string, applicant: Applicant, work: () => Promise<T>): Promise<T>;
  /**
   * Waits for somebody outside on behalf of the work that runs in the session.
   * Others have its place meanwhile; it goes on when there is one again. A wait
   * that fails goes on at once, and so does one for a place when `signal`
   * aborts: what was stopped has only its end to write.
   */
  away<T>(sessionId: string, wait: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Keeps a place for work of the session that would begin at once and is about to be handed in; undefined where it would wait. What comes back gives the place up, and is to be called once the work is handed in, or will not be. */
  reserve(sessionId: string): (() => void) | undefined;
  /** Resolves when nothing runs or waits any more. */
  idle(): Promise<void>;
  /** Places that are taken. */
  readonly running: number;
  /** Work that was handed in and has not ended. */
  readonly open: number;
}

/** The place of work that has begun. */
interface Place {
  readonly principalId: string;
  /** How many waits have it given up. */
  away: number;
  isOver: boolean;
}

/**
 * Principals take turns: a free place goes to each of those that wait, one
 * after another, and of one principal to the work that has waited longest. So
 * nobody waits for more than one of each, however many sessions somebody
 * makes. A session never holds two places: however much waits in it, it is one
 * among those of its principal.
 */
export function createSessionQueues(concurrency: number): SessionQueues {
  const tails = new Map<string, Promise<unknown>>();
  const places = createPlaces(concurrency);
  let open = 0;
  let reserved = 0;
  return {
    run(sessionId, applicant, work) {
      open += 1;
      const before = tails.get(sessionId) ?? Promise.resolve();
      const mine = before.then(() => places.run(sessionId, applicant, work));
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      tails.set(sessionId, settled);
      void settled.then(() => {
        open -= 1;
        if (tails.get(sessionId) === settled) tails.delete(sessionId);
      });
      return mine;
    },
    away: places.away,
    reserve(sessionId) {
      if (tails.has(sessionId) || places.count() + reserved >= concurrency) return undefined;
      reserved += 1;
      return () => void (reserved -= 1);
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values());
    },
    get running() {
      return places.count();
    },
    get open() {
      return open;
    },
  };
}

/** The places of work that has begun, by session. */
function createPlaces(concurrency: number): Pick<SessionQueues, "run" | "away"> & { count(): number } {
  const { enter, leave, count } = createTurnstile(concurrency);
  const places = new Map<string, Place>();
  const comeBack = async (place: Place, order: Order, signal: AbortSignal): Promise<void> => {
    if (place.away === 1 && !place.isOver) {
      await enter(order, { principalId: place.principalId, signal });
      // Meanwhile it may have ended, or have begun to wait for something else.
      if (place.isOver || place.away > 1) leave();
    }
    place.away -= 1;
  };
  return {
    count,
    async run(sessionId, applicant, work) {
      await enter("last", applicant);
      const place: Place = { principalId: applicant.principalId, away: 0, isOver: false };
      places.set(sessionId, place);
      try {
        return await work();
      } finally {
        places.delete(sessionId);
        place.isOver = true;
        if (place.away === 0) leave();
      }
    },
    async away(sessionId, wait, signal) {
      const place = places.get(sessionId);
      if (place === undefined) return wait();
      place.away += 1;
      if (place.away === 1) leave();
      try {
        const result = await wait();
        await comeBack(place, "first", signal);
        return result;
      } catch (error) {
        await comeBack(place, "now", signal);
        throw error;
      }
    },
  };
}

/** Whose turn it is: behind all that waits, before what has not begun, or at once whatever else runs. */
type Order = "last" | "first" | "now";

function createTurnstile(concurrency: number): { enter(order: Order, applicant: Applicant): Promise<void>; leave(): void; count(): number } {
  /** What has begun and comes back, and what has not. */
  const returning = createFairLine<() => void>();
  const arriving = createFairLine<() => void>();
  let taken = 0;
  const waitInLine = (order: Order, { principalId, signal }: Applicant): Promise<void> =>
    new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener("abort", goNow);
        resolve();
      };
      const leaveLine = (order === "first" ? returning : arriving).enter(principalId, begin);
      const goNow = (): void => {
        leaveLine();
        taken += 1;
        begin();
      };
      signal.addEventListener("abort", goNow, { once: true });
    });
  return {
    async enter(order, applicant) {
      if (taken < concurrency || order === "now" || applicant.signal.aborted) taken += 1;
      else await waitInLine(order, applicant);
    },
    leave() {
      // More may be taken than there are, by work that was stopped while it had none.
      const next = taken > concurrency ? undefined : (returning.take() ?? arriving.take());
      if (next === undefined) taken -= 1;
      else next();
    },
    count: () => taken,
  };
}
