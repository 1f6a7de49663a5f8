import type { JsonValue, Store } from "@omni/core";

/** Where each conversation stands, and what was chosen for a session. */
export interface Conversations {
  /** The session a conversation is in: its own, unless it was sent elsewhere. */
  sessionOf(conversation: string): Promise<string>;
  /** Sends a conversation to a session from now on. */
  moveTo(conversation: string, sessionId: string): Promise<void>;
  /** The model somebody chose for a session. */
  modelOf(sessionId: string): Promise<string | undefined>;
  /** Chooses one; undefined goes back to the default. */
  chooseModel(sessionId: string, model: string | undefined): Promise<void>;
}

const places = "conversation";
const models = "session-model";

/** Keeps both as documents of the store, so that they outlive the process and hold for every process of the home. */
export function createConversations(store: Pick<Store, "getDocument" | "putDocument" | "deleteDocument">): Conversations {
  const textOf = async (kind: string, id: string): Promise<string | undefined> => toText((await store.getDocument(kind, id))?.value);
  return {
    sessionOf: async (conversation) => (await textOf(places, conversation)) ?? conversation,
    async moveTo(conversation, sessionId) {
      if (sessionId === conversation) await store.deleteDocument(places, conversation);
      else await store.putDocument(places, conversation, sessionId);
    },
    modelOf: (sessionId) => textOf(models, sessionId),
    async chooseModel(sessionId, model) {
      if (model === undefined) await store.deleteDocument(models, sessionId);
      else await store.putDocument(models, sessionId, model);
    },
  };
}

function toText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
