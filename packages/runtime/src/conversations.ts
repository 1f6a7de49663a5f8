import type { JsonObject, JsonValue, QueueMode, Store } from "@omni/core";
import { OmniError } from "@omni/core";

/** Where a conversation stands: the session it is in, and what was chosen for that. */
export interface Standing {
  readonly sessionId: string;
  /** The model somebody chose. */
  readonly model?: string;
  /** What somebody chose to become of messages that come while a turn of the session runs. */
  readonly mode?: QueueMode;
}

/** Where each conversation stands, and what was chosen for a session. */
export interface Conversations {
  /** The session a conversation is in (its own, unless it was sent elsewhere), and what was chosen for it. */
  of(conversation: string): Promise<Standing>;
  /** What was chosen for a session. */
  chosenFor(sessionId: string): Promise<Omit<Standing, "sessionId">>;
  /** Sends a conversation to a session from now on. */
  moveTo(conversation: string, sessionId: string): Promise<void>;
  /** Chooses the model of a session; undefined goes back to the default. */
  chooseModel(sessionId: string, model: string | undefined): Promise<void>;
  /** Chooses what becomes of messages; undefined goes back to the default. */
  chooseMode(sessionId: string, mode: QueueMode | undefined): Promise<void>;
  /** Forgets all that was chosen for a session, and where its own conversation was sent. */
  forget(sessionId: string): Promise<void>;
}

/** Every mode, the plainest first. */
export const queueModes: readonly QueueMode[] = ["queue", "steer", "collect", "interrupt"];

/** Kind of the documents. One holds all of a session, so that a message reads one. */
const kind = "conversation";

/** Most times a choice is written again because somebody else wrote at the same time. */
const mostTries = 10;

interface Choices {
  readonly movedTo?: string;
  readonly model?: string;
  readonly mode?: QueueMode;
}

/** Keeps all of it as documents of the store, so that they outlive the process and hold for every process of the home. */
export function createConversations(store: Pick<Store, "getDocument" | "putDocument" | "deleteDocument">): Conversations {
  const read = async (id: string): Promise<Choices> => toChoices((await store.getDocument(kind, id))?.value);
  const chosenFor = async (sessionId: string): Promise<Omit<Standing, "sessionId">> => {
    const { movedTo: _movedTo, ...chosen } = await read(sessionId);
    return chosen;
  };
  const choose = async (id: string, change: { readonly [Name in keyof Choices]: Choices[Name] | undefined }): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const known = await store.getDocument(kind, id);
      const { movedTo, model, mode } = { ...toChoices(known?.value), ...change };
      const value = { ...(movedTo === undefined ? {} : { movedTo }), ...(model === undefined ? {} : { model }), ...(mode === undefined ? {} : { mode }) };
      if (await store.putDocument(kind, id, value, known?.version ?? 0)) return;
    }
    throw new OmniError("store.busy", "Others choose for this session at the same time; try again.", { retryable: true });
  };
  return {
    async of(conversation) {
      const { movedTo, ...own } = await read(conversation);
      return movedTo === undefined ? { sessionId: conversation, ...own } : { sessionId: movedTo, ...(await chosenFor(movedTo)) };
    },
    chosenFor,
    moveTo: (conversation, sessionId) => choose(conversation, { movedTo: sessionId === conversation ? undefined : sessionId }),
    chooseModel: (sessionId, model) => choose(sessionId, { model }),
    chooseMode: (sessionId, mode) => choose(sessionId, { mode }),
    forget: async (sessionId) => void (await store.deleteDocument(kind, sessionId)),
  };
}

function toChoices(value: JsonValue | undefined): Choices {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const { movedTo, model, mode: given } = value as JsonObject;
  const mode = queueModes.find((each) => each === given);
  return { ...(typeof movedTo === "string" ? { movedTo } : {}), ...(typeof model === "string" ? { model } : {}), ...(mode === undefined ? {} : { mode }) };
}
