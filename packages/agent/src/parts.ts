import type {
  AnswerEvent,
  AskEvent,
  Clock,
  DurableEvent,
  Effect,
  Hook,
  JsonObject,
  JsonSchema,
  Log,
  Memory,
  PromptBlock,
  Provider,
  Random,
  ScopeReference,
  SecurityPolicy,
  SessionWindow,
  TokenCounter,
  Tool,
  TurnLimits,
  TurnSlot,
} from "@omni/core";
import type { EarlierTurn } from "./earlier-turn.ts";

/** A tool of the registry with what the registry knows of its owner. */
export interface RegisteredTool {
  readonly tool: Tool;
  /** False for tools of servers that no person trusts. */
  readonly trusted: boolean;
  readonly effect: Effect;
}

/** The tools a turn may call, in a stable order. */
export interface ToolSource {
  list(): readonly RegisteredTool[];
  find(name: string): RegisteredTool | undefined;
}

/** What a person said to an ask. */
export type Answer = Pick<AnswerEvent, "decision" | "answer" | "by">;

/** A message that joins a running turn, and the turn it was accepted as. */
export interface Steering {
  readonly text: string;
  readonly turnId?: string;
}

/** What is told of turns that were consolidated, and where it is kept. */
export interface Summary {
  readonly checkpointId: string;
  readonly text: string;
  /** True where it may tell what strangers wrote. */
  readonly isForeign?: true;
}

/** Everything a turn runs with, injected. */
export interface AgentParts {
  readonly provider: Provider;
  readonly tools: ToolSource;
  readonly policy: SecurityPolicy;
  readonly window: SessionWindow;
  /** Absent when memory is off. */
  readonly memory?: Memory;
  /** Where recall may look. */
  readonly scopes: readonly ScopeReference[];
  /** Where what the turn learns is kept. */
  readonly keepIn: ScopeReference;
  readonly hooks: readonly Hook[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tokens: TokenCounter;
  /** The stable head of the prompt. */
  readonly identity: readonly PromptBlock[];
  readonly limits: TurnLimits;
  /** Size of the model's context, input and output together. */
  readonly contextTokens: number;
  /** What an earlier, interrupted attempt recorded; empty at first. */
  readonly recorded: readonly DurableEvent[];
  /** From 1. */
  readonly attempt: number;
  /**
   * What stands before the history in place of consolidated turns, as it is
   * now, or as it is kept under this id; undefined for none. It tells of every
   * turn that the window has released by then.
   */
  summary(checkpointId?: string): Promise<Summary | undefined>;
  /** Loads earlier turns, in the order of the slots. */
  history(slots: readonly TurnSlot[]): Promise<readonly EarlierTurn[]>;
  /** Keeps a long text; resolves with its checkpoint id. */
  offload(text: string): Promise<string>;
  /**
   * Waits for a person. Must settle when `signal` aborts or the ask expires.
   * `record` puts an answer on the record of the turn, once: whoever tells the
   * person that it was taken calls it before.
   */
  ask(event: AskEvent, signal: AbortSignal, record: (answer: Answer) => Promise<void>): Promise<Answer>;
  /** True where a person has allowed exactly this for ever. */
  isAlwaysAllowed(digest: string): Promise<boolean>;
  /** Messages that came in meanwhile and join this turn; each is given once. */
  takeSteering(round: number): readonly Steering[];
  /** What is wrong with `value`, or undefined when it satisfies `schema`. */
  validate(schema: JsonSchema, value: JsonObject): string | undefined;
  /** Collision-free hash of a text, hexadecimal. */
  digest(text: string): string;
}
