import type { AgentParts } from "@omni/agent";
import type { DurableEvent, TurnInput, TurnLimits } from "@omni/core";
import type { Aftercare } from "./aftercare.ts";
import type { AskDesk } from "./ask-desk.ts";
import type { Composition, Parts } from "./compose.ts";
import type { Config } from "./config/config.ts";
import type { SessionQueues } from "./session-queues.ts";
import type { EarlierTurns } from "./earlier-turns.ts";
import type { OpenWindows } from "./session-windows.ts";
import type { SteeringDesk } from "./steering-desk.ts";
import type { ToolRegistry } from "./tool-registry.ts";
import { createContextSizes } from "./context-sizes.ts";
import { createDirectProvider, toDirectCall } from "./direct-call.ts";
import { isAlwaysAllowed } from "./always-allowed.ts";
import { toPageScope } from "./memory-page/memory-pages.ts";
import { toIdentityBlocks } from "./identity.ts";
import { toKeepingScope, toScopes } from "./memory-scopes.ts";
import { toSha256 } from "./sha256.ts";

/** What the turns of a runtime share. */
export interface SharedParts {
  readonly tools: ToolRegistry;
  readonly desk: AskDesk;
  readonly windows: OpenWindows;
  readonly steering: Pick<SteeringDesk, "take">;
  readonly queues: Pick<SessionQueues, "away">;
  readonly earlier: EarlierTurns;
  readonly aftercare: Pick<Aftercare, "summaries" | "syncPage">;
  /** Resolves when every server has listed its tools, or has had its time to. */
  listed(): Promise<void>;
}

/** Makes the parts of a turn: the same composition for all, with what is the turn's own. */
export function createTurnParts({ config, host }: Composition, parts: Parts, shared: SharedParts): (input: TurnInput, recorded: readonly DurableEvent[], attempt: number) => Promise<AgentParts> {
  // Needed by the first call of a tool, not by the start.
  const validator = import("./schema-validator.ts").then((module) => module.createSchemaValidator());
  validator.catch(() => undefined);
  const contextSize = createContextSizes(config.agent.contextTokens, { provider: parts.provider, clock: host.clock, log: host.log });
  const identity = toIdentityBlocks();
  const isTool = (name: string): boolean => shared.tools.find(name) !== undefined;
  return async (input, recorded, attempt) => {
    await shared.listed();
    const direct = toDirectCall(input.text, isTool);
    if (recorded.length === 0 && direct === undefined) await shared.aftercare.syncPage(input.workspace);
    return {
      provider: direct === undefined ? parts.provider : createDirectProvider(isTool),
      tools: direct === undefined ? shared.tools : { list: () => [], find: shared.tools.find },
      policy: parts.policy,
      window: await shared.windows.of(input.sessionId),
      ...(parts.memory === undefined || direct !== undefined ? {} : { memory: parts.memory }),
      scopes: [...toScopes(config.agent.memoryScope, input), toPageScope(input.workspace)],
      keepIn: toKeepingScope(config.agent.memoryScope, input),
      hooks: parts.hooks,
      clock: host.clock,
      random: host.random,
      log: host.log,
      tokens: host.tokens,
      identity,
      // Rounds are calls of a model; a direct call makes none.
      limits: { ...toLimits(config), ...input.limits, ...(direct === undefined ? {} : { maxRounds: Number.POSITIVE_INFINITY }) },
      contextTokens: direct === undefined ? await contextSize(input.model) : Number.MAX_SAFE_INTEGER,
      recorded,
      attempt,
      summary: (checkpointId) => shared.aftercare.summaries.of(input.sessionId, checkpointId),
      history: shared.earlier.load,
      offload: (text) => parts.store.putText(input.sessionId, input.turnId, text),
      // A person may take a day; others have the place meanwhile. The answer is recorded before it is waited for again, which may take as long as another turn.
      ask: (event, signal, record) => shared.queues.away(input.sessionId, () => shared.desk.wait(event, input, signal, record), signal),
      isAlwaysAllowed: (digest) => isAlwaysAllowed(digest, parts.store),
      // Nobody reads the words that join a direct call: they are a turn of their own.
      takeSteering: (round) => (direct === undefined ? shared.steering.take(input, round) : []),
      validate: await validator,
      digest: toSha256,
    };
  };
}

function toLimits(config: Config): TurnLimits {
  const { maxRounds, repeatLimit, turnTimeoutMs, toolTimeoutMs, maxTokens } = config.agent;
  return { maxRounds, repeatLimit, timeoutMs: turnTimeoutMs, toolTimeoutMs, maxTokens: maxTokens ?? Number.POSITIVE_INFINITY };
}
