import type { JsonValue, Log, Store } from "@omni/core";
import { toOmniError } from "@omni/core";

/** Most messages of one channel that are remembered; a platform brings a message again within minutes, if ever. */
const mostRemembered = 256;

const kind = "channel-answers";

/** Messages that were answered and became no turn, so that a second delivery does nothing more. Turns are recognised by the store itself. */
export interface AnsweredMessages {
  /** What still has to be said to a message that was answered, empty where nothing has; undefined for one that is new. Rejects with `store.*`. */
  find(platformId: string): Promise<string | undefined>;
  /** Remembers an answer, or with an empty text that it was said. */
  note(platformId: string, text: string): Promise<void>;
}

/** Remembers the newest of one channel, in a document, across the ends of processes. Two processes never receive on the same channel. */
export function createAnsweredMessages(name: string, store: Pick<Store, "getDocument" | "putDocument">, log: Log): AnsweredMessages {
  let loaded: Map<string, string> | undefined;
  const load = async (): Promise<Map<string, string>> => {
    const found = loaded ?? toAnswers((await store.getDocument(kind, name))?.value);
    // Whoever loaded at the same time was first.
    return (loaded ??= found);
  };
  return {
    find: async (platformId) => (await load()).get(platformId),
    async note(platformId, text) {
      const answers = await load();
      answers.delete(platformId);
      answers.set(platformId, text);
      for (const oldest of answers.keys()) {
        if (answers.size <= mostRemembered) break;
        answers.delete(oldest);
      }
      // What was done stands: a message is not taken for new because this could not be written.
      await store.putDocument(kind, name, [...answers]).catch((error: unknown) => log.warn("an answered message could not be noted on disk", { channel: name, message: toOmniError(error).message }));
    },
  };
}

function toAnswers(value: JsonValue | undefined): Map<string, string> {
  const entries: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return new Map(entries.flatMap((entry) => (Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "string" ? [[entry[0], entry[1]] as const] : [])));
}
