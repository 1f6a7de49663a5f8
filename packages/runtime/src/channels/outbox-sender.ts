import type { Channel, Clock, Log, OmniError, OutboxRow, Store } from "@omni/core";
import { toOmniError } from "@omni/core";

/** Most rows that are read at once. */
const mostRows = 1_000;

/** How often rows are looked for that another process of the home has written, milliseconds. */
const lookMs = 15_000;

/** How long one send may take, milliseconds; after that its fate is not known. */
const sendMs = 30_000;

/** Waits between two tries of a send that was not taken: from one second, doubling, to a minute. */
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** Most tries of a row that the platform refuses for now, and of one in doubt on a platform that drops repeats. */
const mostRefusals = 100;
const mostDoubts = 5;

/** Stands before a text that may have been shown already; the only repeat that is ever made. */
export const repeatLabel = "(perhaps sent before)\n";

/** What a sender works with. */
export interface SenderParts {
  readonly name: string;
  readonly channel: Channel;
  readonly store: Pick<Store, "outbox" | "updateOutbox">;
  readonly clock: Clock;
  readonly log: Log;
  /** Stops sending; what is under way is then of unknown fate. */
  readonly signal: AbortSignal;
}

/** Brings the rows of one channel to its platform: in order within a conversation, side by side across them. */
export interface OutboxSender {
  /** Looks for rows. Never blocks. */
  wake(): void;
  /** Resolves when nothing is being sent or waited for any more. */
  idle(): Promise<void>;
}

/** Makes a sender, which also looks by itself from time to time until it is stopped. */
export function createOutboxSender(parts: SenderParts): OutboxSender {
  const { name, store, clock, log, signal } = parts;
  const busy = new Map<string, Promise<void>>();
  let scanning: Promise<void> | undefined;
  let isWoken = false;
  let callOff: () => void = () => undefined;

  const deliver = async (conversation: string, rows: readonly OutboxRow[]): Promise<void> => {
    for (const row of rows) {
      if (signal.aborted || !(await sendRow(row, parts))) break;
    }
    busy.delete(conversation);
    wake();
  };
  const scan = async (): Promise<void> => {
    do {
      isWoken = false;
      const rows = await store.outbox(name, mostRows);
      for (const [conversation, own] of Map.groupBy(rows, (row) => row.conversation)) if (!busy.has(conversation)) busy.set(conversation, deliver(conversation, own));
    } while (isWoken && !signal.aborted);
  };
  const wake = (): void => {
    isWoken = true;
    if (scanning !== undefined || signal.aborted) return;
    callOff();
    scanning = scan()
      .catch((error: unknown) => log.warn("the outbox cannot be read; it is looked at again", { channel: name, message: toOmniError(error).message }))
      .finally(() => {
        scanning = undefined;
        if (!signal.aborted) callOff = clock.after(lookMs, wake);
      });
  };
  signal.addEventListener("abort", () => callOff(), { once: true });
  return {
    wake,
    async idle() {
      while (scanning !== undefined || busy.size > 0) await Promise.all([scanning, ...busy.values()]);
    },
  };
}

/** Sends a row until its fate is decided; false where it is not, and the conversation is looked at anew. */
async function sendRow(row: OutboxRow, parts: SenderParts): Promise<boolean> {
  try {
    return await trySending(row, parts);
  } catch (error) {
    parts.log.warn("a row of the outbox cannot be written; it is tried again", { channel: parts.name, id: row.id, message: toOmniError(error).message });
    await pause(firstWaitMs, parts);
    return false;
  }
}

async function trySending(row: OutboxRow, parts: SenderParts): Promise<boolean> {
  const { channel, store, log, name } = parts;
  const { deduplicates } = channel.capabilities;
  // A process died while it sent this. A platform that drops repeats is simply asked again; elsewhere one labelled repeat is made, and no second.
  const isRepeat = row.state === "unknown" && !deduplicates;
  if (isRepeat && row.attempts > 1) {
    await store.updateOutbox(row.id, { state: "unknown", receipt: null, attempts: row.attempts });
    log.warn("it is not known whether a message was shown; it is not sent a third time", { channel: name, id: row.id });
    return true;
  }
  const text = isRepeat ? toLabelled(row.body, channel.capabilities.maxMessageLength) : row.body;
  for (let tries = 1; ; tries += 1) {
    await store.updateOutbox(row.id, { state: "sending", receipt: null, attempts: row.attempts + 1 });
    const sent = await sendOnce(row, text, parts);
    if (!("error" in sent)) {
      await store.updateOutbox(row.id, { state: "sent", receipt: sent.receipt, attempts: row.attempts + 1 });
      return true;
    }
    // Stopped in the middle: the row stays as it is, and the next start decides.
    if (parts.signal.aborted) return false;
    const { error } = sent;
    const isTriedAgain = error.retryable ? tries < mostRefusals : deduplicates && !isHopeless(error) && tries < mostDoubts;
    if (!isTriedAgain) {
      const state = error.retryable || isHopeless(error) ? "failed" : "unknown";
      await store.updateOutbox(row.id, { state, receipt: null, attempts: row.attempts + 1 });
      log.error("a message could not be brought to its conversation", { channel: name, id: row.id, state, message: error.message });
      return true;
    }
    await store.updateOutbox(row.id, { state: "pending", receipt: null, attempts: row.attempts });
    await pause(error.retryAfterMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)), parts);
    if (parts.signal.aborted) return false;
  }
}

async function sendOnce(row: OutboxRow, text: string, { channel, clock, signal }: SenderParts): Promise<{ readonly receipt: string } | { readonly error: OmniError }> {
  const late = new AbortController();
  const callOff = clock.after(sendMs, () => late.abort(new Error("The platform took too long.")));
  try {
    return await channel.send({ conversation: row.conversation, text, idempotencyKey: row.id }, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    return { error: toOmniError(error, "channel.failed") };
  } finally {
    callOff();
  }
}

/** What the message itself is to blame for is not healed by time. */
function isHopeless({ code }: OmniError): boolean {
  return code.startsWith("message.");
}

function toLabelled(body: string, most: number): string {
  return body.length + repeatLabel.length <= most ? repeatLabel + body : body;
}

async function pause(milliseconds: number, { clock, signal }: SenderParts): Promise<void> {
  await clock.sleep(milliseconds, signal).catch(() => undefined);
}
