import type { Clock, JsonObject, JsonValue, Log, Store } from "@omni/core";
import { toOmniError } from "@omni/core";

/** How long every message of a channel is remembered, in milliseconds. A signature is good for 300 s to either side of this clock, so whoever saw a message can send it again for twice that. */
const rememberedMs = 600_000;

/** Messages of one channel that are remembered however long ago they came, and most that are at all: with each of them the document is written anew. */
const leastRemembered = 256;
const mostRemembered = 4_096;

const kind = "channel-answers";

/** The question that a message is taken as the answer to. */
export interface AnsweredAsk {
  readonly turnId: string;
  readonly askId: string;
  /** Principal id of whoever answers, as the record of an answer has it. */
  readonly by: string;
}

/** Messages that were answered and became no turn, so that a second delivery does nothing more. Turns are recognised by the store itself. */
export interface AnsweredMessages {
  /** What still has to be said to a message that was answered, empty where nothing has; undefined for one that is new. Rejects with `store.*`. */
  find(platformId: string): Promise<string | undefined>;
  /** Remembers an answer, or with an empty text that it was said. */
  note(platformId: string, text: string): Promise<void>;
  /**
   * Remembers that a message is about to answer a question that is open, one
   * message at a time for each question. Whether it did is on the record of
   * the question's turn, so that a message which comes again after the process
   * was killed between the two is neither lost nor a turn as well. What began
   * with that question before has not answered it, and is new when it comes
   * again: so of all answers on the record only one of the same principal can
   * be this message's. Rejects with `store.*` where that cannot be kept.
   */
  begin(platformId: string, ask: AnsweredAsk): Promise<void>;
}

/** What is remembered of a message: what is left to say, or the question that it may have answered, and when that was noted (Unix milliseconds). */
interface Remembered {
  readonly what: string | AnsweredAsk;
  readonly at: number;
}

/** Remembers the newest of one channel, in a document, across the ends of processes. Two processes never receive on the same channel. */
export function createAnsweredMessages(name: string, store: Pick<Store, "getDocument" | "putDocument" | "events">, log: Log, clock: Pick<Clock, "now">): AnsweredMessages {
  let loaded: Map<string, Remembered> | undefined;
  const load = async (): Promise<Map<string, Remembered>> => {
    const found = loaded ?? toAnswers((await store.getDocument(kind, name))?.value);
    // Whoever loaded at the same time was first.
    return (loaded ??= found);
  };
  const remember = async (platformId: string, what: string | AnsweredAsk): Promise<void> => {
    const answers = await load();
    const now = clock.now();
    answers.delete(platformId);
    if (typeof what !== "string") for (const [other, each] of answers) if (isOfAsk(each, what)) answers.delete(other);
    answers.set(platformId, { what, at: now });
    for (const [oldest, { at }] of answers) {
      if (answers.size <= leastRemembered || (answers.size <= mostRemembered && now - at <= rememberedMs)) break;
      answers.delete(oldest);
    }
    await store.putDocument(kind, name, [...answers].map(([id, each]) => [id, typeof each.what === "string" ? each.what : { ...each.what }, each.at]));
  };
  return {
    async find(platformId) {
      const found = (await load()).get(platformId)?.what;
      if (found === undefined || typeof found === "string") return found;
      const events = await store.events(found.turnId);
      // Time, another entrance or somebody else may have answered it: then this message is the answer to nothing.
      return events.some((event) => event.type === "answer" && event.askId === found.askId && event.by === found.by) ? "" : undefined;
    },
    async note(platformId, text) {
      // What was done stands: a message is not taken for new because this could not be written.
      await remember(platformId, text).catch((error: unknown) => log.warn("an answered message could not be noted on disk", { channel: name, message: toOmniError(error).message }));
    },
    begin: remember,
  };
}

function isOfAsk({ what }: Remembered, { turnId, askId }: AnsweredAsk): boolean {
  return typeof what !== "string" && what.turnId === turnId && what.askId === askId;
}

function toAnswers(value: JsonValue | undefined): Map<string, Remembered> {
  const entries: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return new Map(entries.flatMap((entry) => (Array.isArray(entry) ? toEntry(entry) : [])));
}

/** An entry that does not say when it was noted is an old one. */
function toEntry([platformId, what, at]: readonly JsonValue[]): readonly (readonly [string, Remembered])[] {
  const known = what === undefined ? undefined : toWhat(what);
  return typeof platformId !== "string" || known === undefined ? [] : [[platformId, { what: known, at: typeof at === "number" ? at : 0 }]];
}

function toWhat(value: JsonValue): Remembered["what"] | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { turnId, askId, by } = value as JsonObject;
  return typeof turnId === "string" && typeof askId === "string" && typeof by === "string" ? { turnId, askId, by } : undefined;
}
