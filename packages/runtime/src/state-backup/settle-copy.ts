import type { ClaimResult, Host, Log, Store, TurnRecord } from "@omni/core";
import { OmniError } from "@omni/core";
import type { RunnerParts } from "../turn-runner.ts";
import { createJoinedTurns } from "../joined-turn.ts";
import { createSuspectLine } from "../suspect-line.ts";
import { createTurnOutbox } from "../channels/turn-outbox.ts";
import { runToEnd } from "../turn-runner.ts";
import { createTurnStream } from "../turn-stream.ts";

/** What was settled in a copy. */
export interface Settled {
  /** Turns that had not ended. */
  readonly turns: number;
  /** Messages to conversations that had not arrived. */
  readonly messages: number;
}

/** Rows, and sessions, that are read at once. */
const pageSize = 500;

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Settles what was under way when a copy was made. The home it was made of
 * went on from there: turns may have run to their end since, calls may have
 * been made, answers may have arrived, and nobody can tell. So nothing is done
 * a second time: what was to be delivered becomes `unknown` and is never sent,
 * and a turn ends as failed, with a notice to its conversation that says why.
 */
export async function settleCopy(store: Store, { host, channels, madeAt, pid }: { readonly host: Host; readonly channels: readonly string[]; readonly madeAt: string; readonly pid: number }): Promise<Settled> {
  const open = await store.unfinished();
  const names = new Set([...channels, ...open.map(({ input }) => input.origin), ...(await findEntrances(store))]);
  let messages = 0;
  for (const channel of names) messages += await settleOutbox(channel, store);
  await endTurns(open, store, { host, madeAt, pid });
  return { turns: open.length, messages };
}

/** First parts of the ids of all sessions: the channels that ever talked here, configured or not. */
async function findEntrances(store: Store): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let offset = 0; ; offset += pageSize) {
    const page = await store.sessions({ limit: pageSize, offset });
    for (const { sessionId } of page) found.add(sessionId.split(":")[0] ?? sessionId);
    if (page.length < pageSize) return [...found];
  }
}

async function settleOutbox(channel: string, store: Store): Promise<number> {
  for (let count = 0; ; ) {
    const rows = await store.outbox(channel, pageSize);
    for (const { id, attempts } of rows) await store.updateOutbox(id, { state: "unknown", receipt: null, attempts });
    count += rows.length;
    if (rows.length === 0) return count;
  }
}

/** Brings each turn to its end as the runner does with one that cannot be run any further, in the order of acceptance. */
async function endTurns(open: readonly TurnRecord[], store: Store, { host, madeAt, pid }: { readonly host: Host; readonly madeAt: string; readonly pid: number }): Promise<void> {
  const instance = await store.join({ kind: "restore", pid });
  const message = `Omni was restored from a backup of ${madeAt}, when this message had no answer yet. Whether it was answered afterwards is not known, so it is not done again; send it once more if it still matters.`;
  const runner: RunnerParts = {
    store,
    clock: host.clock,
    log: silent,
    outbox: createTurnOutbox(() => undefined, () => undefined),
    joined: createJoinedTurns(store),
    suspects: createSuspectLine(),
    begins: () => undefined,
    ended: () => undefined,
    own: { get: async () => instance, claim: (turnId) => store.claim(turnId, instance.id) },
    partsOf: () => Promise.reject(new OmniError("turn.attempts", message)),
  };
  const { signal } = new AbortController();
  const heldUp = (error: OmniError): never => {
    throw error;
  };
  const settle = async (turnId: string, claim?: ClaimResult): Promise<void> => {
    await runToEnd({ turnId, stream: createTurnStream(), signal, parking: signal, heldUp, ending: () => undefined, away: (wait) => wait(), takeUp: settle, ...(claim === undefined ? {} : { claiming: Promise.resolve(claim) }) }, runner);
  };
  for (const { input } of open) await settle(input.turnId);
  await instance.leave();
}
