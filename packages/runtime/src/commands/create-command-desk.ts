import type { Provider, Random, Store } from "@omni/core";
import type { CommandDesk } from "./chat-command.ts";
import type { Conversations } from "../conversations.ts";
import type { Runtime } from "../runtime.ts";

/** How long a provider may take to say its models, in milliseconds. */
const modelsMs = 5_000;

/** What the commands of a runtime work with. */
export interface CommandDeskParts {
  readonly store: Store;
  readonly provider: Provider;
  readonly conversations: Conversations;
  readonly random: Random;
  readonly runtime: Pick<Runtime, "cancel" | "asks" | "answer" | "tools" | "windowCapacity">;
  readonly submit: Runtime["submit"];
}

/** Gives the commands their view of a runtime. */
export function createCommandDesk({ store, provider, conversations, random, runtime, submit }: CommandDeskParts): CommandDesk {
  return {
    conversations,
    submit,
    cancel: runtime.cancel,
    asks: runtime.asks,
    answer: runtime.answer,
    newId: () => random.id(),
    unfinished: async (sessionId) => (await store.unfinished(sessionId)).map((record) => ({ turnId: record.input.turnId, status: record.status })),
    tools: () => runtime.tools.list().map(({ tool, effect }) => ({ name: tool.name, effect, description: tool.description })),
    async models() {
      try {
        const signal = AbortSignal.timeout(modelsMs);
        const [first, all] = await Promise.all([provider.defaultModel(signal), provider.models(signal)]);
        return [...new Set([first.id, ...all.map((each) => each.id)])];
      } catch {
        // What cannot be asked is not known: the commands say so, and the session goes on.
        return [];
      }
    },
    sessions: (limit) => store.sessions({ limit }),
    session: (sessionId) => store.session(sessionId),
    async shown(sessionId) {
      const slots = await store.slots(sessionId, Math.min(runtime.windowCapacity, Number.MAX_SAFE_INTEGER));
      return { turns: slots.length, tokens: slots.reduce((total, slot) => total + slot.tokens, 0) };
    },
  };
}
