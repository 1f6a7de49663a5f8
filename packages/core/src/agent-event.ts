import type { ContentBlock } from "./content.ts";
import type { Effect } from "./tool.ts";
import type { FinishReason, Usage } from "./provider.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { ToolCall } from "./message.ts";
import type { ToolCallStatus, TurnOutcome } from "./turn.ts";

/**
 * One named part of a prompt. `system` blocks are byte-stable from turn to
 * turn; `user` blocks go before the words of the person in the newest message
 * and stay there as sent.
 */
export interface PromptBlock {
  readonly name: string;
  /** Where it came from, for `why`: a file, `memory`, `runtime`. */
  readonly source: string;
  readonly role: "system" | "user";
  readonly text: string;
}

/** A turn begins, or begins again after a crash. */
export interface TurnStartEvent {
  readonly type: "turn-start";
  readonly turnId: string;
  readonly sessionId: string;
  /** 1 at first, one more at every recovery. */
  readonly attempt: number;
  readonly at: number;
}

/** Whoever ran the turn ended in good order and left it to the next start: that it was begun counts as no interruption. */
export interface ParkEvent {
  readonly type: "park";
  /** Of the start that it ends. */
  readonly attempt: number;
  readonly at: number;
}

/** What the model is shown besides the history, recorded as sent. */
export interface PromptEvent {
  readonly type: "prompt";
  readonly blocks: readonly PromptBlock[];
  /** Ids of the episodes among the blocks. */
  readonly recalled: readonly string[];
  /** First earlier turn that the model sees, or null for none. */
  readonly historyFrom: string | null;
  /** Where the summary that stood before the history is kept; absent for none. */
  readonly summary?: string;
  /** The person's message as the hooks let it through; where it was offloaded its head, tail and where the rest is. */
  readonly text: string;
  /** Where the whole message is kept, when `text` holds its head and tail only. */
  readonly checkpointId?: string;
  /** True where what strangers wrote stands in it: a recalled memory that nobody vouches for, an earlier turn that read them, or the summary of one. */
  readonly isForeign?: true;
}

/** What a request is made of, tokens as estimated, by class. */
export interface BudgetClasses {
  /** Instructions. */
  readonly identity: number;
  readonly tools: number;
  /** The summary of consolidated turns. */
  readonly summary: number;
  /** Earlier turns. */
  readonly window: number;
  /** Recalled episodes. */
  readonly recalled: number;
  /** The person's message, with the time. */
  readonly message: number;
  /** Replies and results of this turn so far. */
  readonly rounds: number;
}

/** The model is about to be asked. */
export interface ModelCallEvent {
  readonly type: "model-call";
  /** From 1. */
  readonly round: number;
  /** Tokens of the request as estimated. */
  readonly estimatedTokens: number;
  readonly budgetTokens: number;
  readonly classes: BudgetClasses;
  readonly at: number;
}

/** The model's whole reply: text, reasoning and all its calls. */
export interface ModelReplyEvent {
  readonly type: "model-reply";
  readonly round: number;
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly ToolCall[];
  readonly finish: FinishReason;
  readonly usage: Usage;
  readonly model?: string;
  readonly at: number;
}

/** A call is about to start. Nothing of it has happened before this is on disk. */
export interface ToolCallEvent {
  readonly type: "tool-call";
  readonly callId: string;
  readonly round: number;
  /** Place among the calls of its reply, from 0. */
  readonly index: number;
  readonly name: string;
  readonly arguments: JsonObject;
  readonly effect: Effect;
  readonly idempotencyKey: string;
  readonly at: number;
}

/** A call has ended, or was settled without running. */
export interface ToolResultEvent {
  readonly type: "tool-result";
  readonly callId: string;
  readonly round: number;
  readonly index: number;
  readonly name: string;
  readonly status: ToolCallStatus;
  readonly content: readonly ContentBlock[];
  readonly structuredContent?: JsonObject;
  /** Where the whole result is, when `content` holds its head and tail only. */
  readonly checkpointId?: string;
  /** Of the tool; absent for a call that never came to one. */
  readonly effect?: Effect;
  /** True where strangers wrote it: of a tool that is not trusted or reaches into the world, or one that passes such a thing on. */
  readonly isForeign?: true;
  readonly at: number;
}

/** A journalled part of a call. */
export interface StepEvent {
  readonly type: "step";
  readonly callId: string;
  readonly name: string;
  readonly value: JsonValue;
}

/** A message that came in while the turn ran, or waited with it, and joins it. */
export interface SteerEvent {
  readonly type: "steer";
  /** The round after which the model was told; 0 for what it was told with the message itself. */
  readonly round: number;
  readonly text: string;
  /** The turn that the message was accepted as: it ends with this one. */
  readonly turnId?: string;
  readonly at: number;
}

/** The turn waits for a person. */
export interface AskEvent {
  readonly type: "ask";
  readonly askId: string;
  readonly kind: "approval" | "question";
  readonly callId: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Hash of what an approval binds: tool, exact arguments, workspace, session, requester. */
  readonly digest: string;
  readonly reason: string;
  readonly question?: string;
  readonly choices?: readonly string[];
  readonly at: number;
  readonly expiresAt: number;
}

/** A person (or time) answered. `by` is the principal's id, or `timeout`, or `nobody`. */
export interface AnswerEvent {
  readonly type: "answer";
  readonly askId: string;
  readonly decision: "allow" | "deny" | "always";
  readonly answer?: string;
  readonly by: string;
  readonly at: number;
}

/** The request was over budget and was cut to half of it. */
export interface TrimEvent {
  readonly type: "trim";
  readonly round: number;
  /** First earlier turn that is still shown, or null for none. */
  readonly historyFrom: string | null;
  /** Rounds of this turn up to this number are no longer shown; 0 for all shown. */
  readonly roundsThrough: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
}

/** The turn is over; recorded in one transaction with what must be delivered. */
export interface TurnEndEvent extends TurnOutcome {
  readonly type: "turn-end";
  /** Tokens the turn takes when it is shown later. */
  readonly tokens: number;
  readonly at: number;
}

/** Events that are on disk before the loop goes on. */
export type DurableEvent =
  | TurnStartEvent
  | ParkEvent
  | PromptEvent
  | ModelCallEvent
  | ModelReplyEvent
  | ToolCallEvent
  | ToolResultEvent
  | StepEvent
  | SteerEvent
  | AskEvent
  | AnswerEvent
  | TrimEvent
  | TurnEndEvent;

/** Events for whoever watches live. They may be dropped. */
export type TransientEvent =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "progress"; readonly callId: string; readonly text: string };

/** Everything the loop says. */
export type AgentEvent = DurableEvent | TransientEvent;

/** Which event types are durable. */
export const durability: Readonly<Record<AgentEvent["type"], boolean>> = {
  "turn-start": true,
  park: true,
  prompt: true,
  "model-call": true,
  "model-reply": true,
  "tool-call": true,
  "tool-result": true,
  step: true,
  steer: true,
  ask: true,
  answer: true,
  trim: true,
  "turn-end": true,
  "text-delta": false,
  "reasoning-delta": false,
  progress: false,
};

/** True for events that must be recorded before the loop goes on. */
export function isDurable(event: AgentEvent): event is DurableEvent {
  return durability[event.type];
}

/**
 * Durable events that may reach the disk together with the next one: until
 * then the loop only works out what to do, so losing both is as if neither
 * had happened. Whatever has an effect outside (a call, a question, an
 * answer given) is never among them.
 */
const companions: ReadonlySet<DurableEvent["type"]> = new Set<DurableEvent["type"]>(["turn-start", "prompt", "trim", "model-reply"]);

/** True for events that whoever records them may write in one transaction with the next. */
export function isCompanion(event: DurableEvent): boolean {
  return companions.has(event.type);
}

/**
 * True for a call that only reads and for its result. Whoever records them may
 * write them in one transaction with what follows, but for a call that the
 * model's reply still waits with: that one takes the reply to the disk, which
 * is not asked for again. A call that is lost is made again, as one without a
 * result is.
 */
export function isReading(event: DurableEvent): boolean {
  return (event.type === "tool-call" || event.type === "tool-result") && event.effect === "read";
}

/**
 * True for events after which nothing happens outside but that a model is
 * asked or something is read. They outlive the process like all others, and
 * may be lost with the power: the turn is then run again from before them,
 * which costs time and tokens and changes nothing.
 */
export function mayBeLostWithPower(event: DurableEvent): boolean {
  return isCompanion(event) || event.type === "model-call" || event.type === "park" || isReading(event);
}
