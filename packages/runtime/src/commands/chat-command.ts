import type { Effect, MemoryStats, Principal, QueueMode, RecalledEpisode } from "@omni/core";
import type { IncomingMessage, TurnHandle } from "../runtime.ts";
import type { LastTurn } from "../last-turn.ts";
import type { Conversations } from "../conversations.ts";
import type { OpenAsk, Reply } from "../ask-desk.ts";

/** What a command may look at and do. */
export interface CommandDesk {
  readonly conversations: Conversations;
  /** What becomes of messages where nobody chose for their session. */
  readonly queueMode: QueueMode;
  /** Turns of a session that have not ended, in order. */
  unfinished(sessionId: string): Promise<readonly { readonly turnId: string; readonly status: string }[]>;
  cancel(turnId: string): Promise<boolean>;
  submit(message: IncomingMessage): Promise<TurnHandle>;
  asks(): readonly OpenAsk[];
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
  /** Tools by name, with what repeating a call of them does. */
  tools(): readonly { readonly name: string; readonly effect: string; readonly description: string }[];
  /** Ids of the models on offer, the default first; empty where the endpoint does not say. */
  models(): Promise<readonly string[]>;
  sessions(limit: number): Promise<readonly { readonly sessionId: string; readonly totalTurns: number; readonly updatedAt: number }[]>;
  /** Numbers of a session; undefined while nothing was said in it. */
  session(sessionId: string): Promise<{ readonly totalTurns: number; readonly totalToolCalls: number } | undefined>;
  /** Turns of a session that the model may see, and their tokens. */
  shown(sessionId: string): Promise<{ readonly turns: number; readonly tokens: number }>;
  newId(): string;
  /** The newest turn of a session that was answered. */
  lastTurn(sessionId: string): Promise<LastTurn | undefined>;
  /** Carries all but the newest turns of a session into the memory. */
  compact(sessionId: string): Promise<{ readonly turns: number; readonly episodes: number }>;
  /** Says what a turn was worth, in [0, 1]; false where the turn was counted before and stays as it is. */
  feedback(turn: LastTurn, reward: number): Promise<boolean>;
  /** Everything that fits words, as a search gives it, best first; undefined where memory is off. */
  recall(query: string, from: { readonly sessionId: string; readonly message: IncomingMessage; readonly limit: number }): Promise<readonly RecalledEpisode[] | undefined>;
  /** Undefined where memory is off. */
  memoryStats(): Promise<MemoryStats | undefined>;
}

/** One use of a command. */
export interface CommandCall {
  readonly message: IncomingMessage;
  /** The conversation as its entrance names it. */
  readonly conversation: string;
  /** The session it stands in now. */
  readonly sessionId: string;
  /** What follows the command, trimmed. */
  readonly argument: string;
}

/** A command for people, the same at every entrance. It answers at once, also while a turn runs, and no model is asked. */
export interface ChatCommand {
  /** Without the slash. */
  readonly name: string;
  /** Arguments as help shows them; empty for none. */
  readonly usage: string;
  readonly does: string;
  /** What repeating it does under the same idempotency key, as with tools: `keyed` where it finds what it did before, or sets what its argument says. */
  readonly effect: Effect;
  /** True for what is done also while the store cannot be written. */
  readonly isUrgent?: boolean;
  run(call: CommandCall, desk: CommandDesk): Promise<string>;
}
