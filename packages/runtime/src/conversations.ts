import type { JsonValue, QueueMode, Store } from "@omni/core";

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
  /** What somebody chose to become of messages that come while a turn of the session runs. */
  modeOf(sessionId: string): Promise<QueueMode | undefined>;
  /** Chooses one; undefined goes back to the default. */
  chooseMode(sessionId: string, mode: QueueMode | undefined): Promise<void>;
}

/** Every mode, the plainest first. */
export const queueModes: readonly QueueMode[] = ["queue", "steer", "collect", "interrupt"];

const places = "conversation";
const models = "session-model";
const modes = "session-mode";

/** Keeps all of it as documents of the store, so that they outlive the process and hold for every process of the home. */
export function createConversations(store: Pick<Store, "getDocument" | "putDocument" | "deleteDocument">): Conversations {
  const choose = async (kind: string, id: string, text: string | undefined): Promise<void> => {
    if (text === undefined) await store.deleteDocument(kind, id);
    else await store.putDocument(kind, id, text);
  };
  const textOf = async (kind: string, id: string): Promise<string | undefined> => toText((await store.getDocument(kind, id))?.value);
  return {
    sessionOf: async (conversation) => (await textOf(places, conversation)) ?? conversation,
    moveTo: (conversation, sessionId) => choose(places, conversation, sessionId === conversation ? undefined : sessionId),
    modelOf: (sessionId) => textOf(models, sessionId),
    chooseModel: (sessionId, model) => choose(models, sessionId, model),
    async modeOf(sessionId) {
      const text = await textOf(modes, sessionId);
      return queueModes.find((mode) => mode === text);
    },
    chooseMode: (sessionId, mode) => choose(modes, sessionId, mode),
  };
}

function toText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
