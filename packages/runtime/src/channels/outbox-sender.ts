import type { Channel, Clock, Log, OmniError, OutboxRow, Store } from "@omni/core";
import { toOmniError } from "@omni/core";
import { createOutboxReader } from "./outbox-reader.ts";
import { sendMessage } from "./send-message.ts";
import { splitText } from "./split-text.ts";

/** Most conversations that are sent to at once or rest, and most rows that are read at once. So many that rest are no matter of theirs: the platform is down, and would refuse what stands behind them too. */
const mostConversations = 1_000;

/** How often rows are looked for that another process of the home has written, milliseconds. */
const lookMs = 15_000;

/** Waits between two tries of a send that was not taken: from one second, doubling, to a minute. */
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** Most tries of a row that the platform refuses for now: a day's, so that a night without a network loses no answer. */
const mostRefusals = 1_500;

/** Most tries of a row in doubt on a platform that drops repeats. */
const mostDoubts = 5;

/** Stands before a text that may have been shown already; the only repeat that is ever made. */
export const repeatLabel = "(perhaps sent before)\n";

/** What a sender works with. */
export interface SenderParts {
  readonly name: string;
  readonly channel: Channel;
  readonly store: Pick<Store, "outbox" | "updateOutbox" | "turn">;
  readonly clock: Clock;
  readonly log: Log;
  /** Stops sending; what is under way is then of unknown fate. */
  readonly signal: AbortSignal;
}

/** Brings the rows of one channel to its platform: in order within a conversation, side by side across them. */
export interface OutboxSender {
  /** Looks for rows. Never blocks. */
  wake(): void;
  /** Resolves when nothing is being sent or looked for any more. A row that rests until it is tried again is not waited for: it waits on disk as well. */
  idle(): Promise<void>;
}

/** Makes a sender, which also looks by itself from time to time until it is stopped. */
export function createOutboxSender(parts: SenderParts): OutboxSender {
  const { name, clock, log, signal } = parts;
  const busy = createBusy(parts);
  const reader = createOutboxReader(parts);
  let scanning: Promise<void> | undefined;
  let isWoken = false;
  let callOff: () => void = () => undefined;

  const deliver = async (conversation: string, rows: OutboxRow[]): Promise<void> => {
    await sendRows(rows, parts, busy);
    busy.conversations.delete(conversation);
    wake();
    busy.tell();
  };
  const scan = async (): Promise<void> => {
    do {
      await reader.ready();
      if (signal.aborted) return;
      isWoken = false;
      const room = mostConversations - busy.conversations.size;
      // Whichever ends first makes room, and wakes this.
      if (room <= 0) return;
      // What is busy may send some of its rows while they are read, and wakes this again when it is done.
      const before = new Set(busy.conversations);
      const rows = await reader.read(room, before);
      for (const [conversation, own] of Map.groupBy(rows, (row) => row.conversation)) {
        // A store that does not leave out what it should makes nobody read a message twice.
        if (before.has(conversation)) continue;
        busy.conversations.add(conversation);
        void deliver(conversation, own);
      }
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
        busy.tell();
        if (signal.aborted) return;
        // It was woken after it had looked for the last time.
        if (isWoken) wake();
        else callOff = clock.after(lookMs, wake);
      });
  };
  signal.addEventListener("abort", () => callOff(), { once: true });
  return {
    wake,
    async idle() {
      while (scanning !== undefined || busy.isSending()) await busy.changed();
    },
  };
}

/** The conversations of a sender whose rows are being sent. */
interface Busy {
  readonly conversations: Set<string>;
  /** Waits for the next try of a row, of which nothing is under way meanwhile. */
  rest(milliseconds: number): Promise<void>;
  /** True while more is sent than rests. Once it is stopped nothing rests: that ends at once. */
  isSending(): boolean;
  /** Says that something has changed. */
  tell(): void;
  /** Resolves when next it was said so. */
  changed(): Promise<void>;
}

function createBusy(parts: SenderParts): Busy {
  const conversations = new Set<string>();
  let resting = 0;
  let change = Promise.withResolvers<void>();
  const tell = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  return {
    conversations,
    async rest(milliseconds) {
      resting += 1;
      tell();
      await pause(milliseconds, parts);
      resting -= 1;
    },
    isSending: () => conversations.size > (parts.signal.aborted ? 0 : resting),
    tell,
    changed: () => change.promise,
  };
}

/** Sends rows of one conversation, one after another, until one of them has to be looked at anew. */
async function sendRows(rows: OutboxRow[], parts: SenderParts, busy: Busy): Promise<void> {
  // Of a conversation that rests one row is held: the others are on disk, and an outage may be long.
  const rest = (milliseconds: number): Promise<void> => {
    rows.length = 0;
    return busy.rest(milliseconds);
  };
  for (let row = rows.shift(); row !== undefined; row = rows.shift()) {
    if (parts.signal.aborted || !(await sendRow(row, { ...parts, rest }))) return;
  }
}

type RowParts = SenderParts & Pick<Busy, "rest">;

/** Sends a row until its fate is decided; false where it is not, and the conversation is looked at anew. */
async function sendRow(row: OutboxRow, parts: RowParts): Promise<boolean> {
  try {
    return await trySending(row, parts);
  } catch (error) {
    parts.log.warn("a row of the outbox cannot be written; it is tried again", { channel: parts.name, id: row.id, message: toOmniError(error).message });
    await parts.rest(firstWaitMs);
    return false;
  }
}

async function trySending(row: OutboxRow, parts: RowParts): Promise<boolean> {
  const { channel, store, log, name } = parts;
  const { deduplicates, maxMessageLength } = channel.capabilities;
  // Attempts of a row that waits are sends in doubt: a process died meanwhile. A platform that drops repeats is simply asked again; elsewhere one labelled repeat is made, and no second.
  const isRepeat = row.attempts > 0 && !deduplicates;
  if (isRepeat && row.attempts > 1) {
    if (!(await store.updateOutbox(row.id, { state: "unknown", receipt: null, attempts: row.attempts }, row.attempts))) return true;
    log.warn("it is not known whether a message was shown; it is not sent a third time", { channel: name, id: row.id });
    return true;
  }
  const pieces = isRepeat ? toRepeat(row.body, maxMessageLength) : toPieces(row.body, maxMessageLength);
  const attempts = row.attempts + 1;
  /** As it stands in the store as far as this sender knows. */
  let known = row.attempts;
  let shown = 0;
  let receipt: string | null = null;
  for (let tries = 1; ; tries += 1) {
    // Another gateway on the same store was faster: what becomes of the row is its business.
    if (!(await store.updateOutbox(row.id, { state: "sending", receipt: null, attempts }, known))) return true;
    const sent = await sendPieces(row, { pieces, shown, receipt }, parts);
    ({ shown, receipt } = sent);
    const { error } = sent;
    if (error === undefined) {
      await record(row, { state: "sent", receipt, attempts }, parts);
      return true;
    }
    // Stopped in the middle: the row stays as it is, and the next start decides.
    if (parts.signal.aborted && !error.retryable) return false;
    const isTriedAgain = error.retryable ? tries < mostRefusals : deduplicates && !isHopeless(error) && tries < mostDoubts;
    if (!isTriedAgain) {
      const state = error.retryable || isHopeless(error) ? "failed" : "unknown";
      await record(row, { state, receipt: null, attempts }, parts);
      log.error("a message could not be brought to its conversation", { channel: name, id: row.id, state, message: error.message });
      return true;
    }
    known = shown > 0 ? attempts : row.attempts;
    await record(row, { state: "pending", receipt: null, attempts: known }, parts);
    await parts.rest(error.retryAfterMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)));
    if (parts.signal.aborted) return false;
  }
}

/** Pieces of a row, and how far it has come. */
interface Progress {
  readonly pieces: readonly string[];
  /** Pieces that the platform has taken. */
  readonly shown: number;
  /** Of the last one. */
  readonly receipt: string | null;
}

/** Sends what is left of a row, in order, to its end or the first error. */
async function sendPieces(row: OutboxRow, { pieces, shown, receipt }: Progress, parts: SenderParts): Promise<Omit<Progress, "pieces"> & { readonly error?: OmniError }> {
  const progress = { shown, receipt };
  for (const [index, text] of pieces.entries()) {
    if (index < shown) continue;
    try {
      const idempotencyKey = index === 0 ? row.id : `${row.id}.${index}`;
      progress.receipt = (await sendMessage({ conversation: row.conversation, text, idempotencyKey }, parts)).receipt;
      progress.shown = index + 1;
    } catch (error) {
      return { ...progress, error: toOmniError(error, "channel.failed") };
    }
  }
  return progress;
}

/** A row was split as its channel takes it, unless the channel was not there to be asked, or a label came before it. */
function toPieces(text: string, most: number): readonly string[] {
  return text.length <= most ? [text] : splitText(text, most);
}

/** The pieces of a repeat, each under the label: any of them may have been shown. */
function toRepeat(text: string, most: number): readonly string[] {
  return toPieces(text, Math.max(1, most - repeatLabel.length)).map((piece) => repeatLabel + piece);
}

/**
 * Writes what became of a send, and waits for a store that does not take it,
 * whatever ails it: a row that was given up here would be passed over for as
 * long as this process lives, and in doubt at the next start although its fate
 * is known. A row that was erased meanwhile needs nothing written. Rejects only
 * once sending has stopped.
 */
async function record(row: OutboxRow, change: Pick<OutboxRow, "state" | "receipt" | "attempts">, parts: SenderParts): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await parts.store.updateOutbox(row.id, change);
      return;
    } catch (error) {
      if (await isErased(row, parts)) return;
      if (parts.signal.aborted) throw error;
      // A disk may be out of order for days: after the first tries there is a line only for twice as many.
      if (Number.isInteger(Math.log2(tries))) parts.log.warn("what became of a send cannot be written; it is tried again", { channel: parts.name, id: row.id, tries, message: toOmniError(error).message });
      await pause(Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)), parts);
    }
  }
}

/** A row goes with its turn and never alone. A store that cannot be asked has erased nothing that is known of. */
async function isErased({ turnId }: OutboxRow, { store }: SenderParts): Promise<boolean> {
  return store.turn(turnId).then((turn) => turn === undefined, () => false);
}

/** What the message itself is to blame for is not healed by time. */
function isHopeless({ code }: OmniError): boolean {
  return code.startsWith("message.");
}

async function pause(milliseconds: number, { clock, signal }: SenderParts): Promise<void> {
  await clock.sleep(milliseconds, signal).catch(() => undefined);
}
