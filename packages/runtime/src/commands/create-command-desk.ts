import type { Clock, MemoryStats, ModelInfo, Random } from "@omni/core";
import type { Aftercare } from "../aftercare.ts";
import type { CommandDesk } from "./chat-command.ts";
import type { Config } from "../config/config.ts";
import type { Conversations } from "../conversations.ts";
import type { Parts } from "../compose.ts";
import type { Runtime } from "../runtime.ts";
import { OmniError, toSearchFloor } from "@omni/core";
import { limited } from "../limited.ts";
import { toLastTurn } from "../last-turn.ts";
import { toPageScope } from "../memory-page/memory-pages.ts";
import { toScopes } from "../memory-scopes.ts";
import { untilAborted } from "../host/until-aborted.ts";
import { within } from "../within.ts";

/** How long a provider may take to say its models, in milliseconds. */
const modelsMs = 5_000;

/** How long a command waits for what it stopped to end, in milliseconds: what ended is on disk, and stays stopped whatever comes. */
const stopMs = 2_000;

/** What the commands of a runtime work with. */
export interface CommandDeskParts {
  readonly parts: Parts;
  readonly config: Config;
  readonly conversations: Conversations;
  readonly aftercare: Aftercare;
  readonly random: Random;
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, "cancel" | "follow" | "asks" | "answer" | "tools" | "windowCapacity">;
  readonly submit: Runtime["submit"];
}

/** Gives the commands their view of a runtime. */
export function createCommandDesk({ parts: { store, provider, memory }, config, conversations, aftercare, random, clock, runtime, submit }: CommandDeskParts): CommandDesk {
  return {
    conversations,
    queueMode: config.agent.queueMode,
    submit,
    async cancel(turnId) {
      const isStopped = await runtime.cancel(turnId);
      const ended = runtime.follow(turnId)?.outcome.then(() => undefined, () => undefined);
      if (isStopped && ended !== undefined) await within(clock, stopMs, ended);
      return isStopped;
    },
    asks: runtime.asks,
    answer: runtime.answer,
    newId: () => random.id(),
    unfinished: async (sessionId) => (await store.unfinished(sessionId)).map((record) => ({ turnId: record.input.turnId, status: record.status })),
    tools: () => runtime.tools.list().map(({ tool, effect }) => ({ name: tool.name, effect, description: tool.description })),
    async models() {
      try {
        const ask = (signal: AbortSignal): Promise<readonly [ModelInfo, readonly ModelInfo[]]> => untilAborted(Promise.all([provider.defaultModel(signal), provider.models(signal)]), signal);
        const [first, all] = await limited(ask, { clock, milliseconds: modelsMs, late: () => new OmniError("provider.stalled", `The provider did not say its models within ${modelsMs} ms.`, { retryable: true }) });
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
    lastTurn: (sessionId) => toLastTurn(sessionId, store),
    compact: (sessionId) => aftercare.consolidator.compact(sessionId),
    feedback: (turn, reward) => aftercare.credit.feedback(turn, reward),
    async recall(query, { sessionId, message, limit }) {
      if (memory === undefined) return undefined;
      const { principal, workspace = config.paths.workspace } = message;
      await aftercare.syncPage(workspace);
      const floor = toSearchFloor(await memory.stats());
      return memory.recall(query, { scopes: [...toScopes(config.agent.memoryScope, { sessionId, principal }), toPageScope(workspace)], limit, floor });
    },
    memoryStats: async (): Promise<MemoryStats | undefined> => memory?.stats(),
  };
}
