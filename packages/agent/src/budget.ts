import type { Message, ToolDefinition } from "@omni/core";
import type { Round } from "./transcript.ts";
import type { TokenCost } from "./token-cost.ts";
import { sum } from "./token-cost.ts";
import { toCutNote, withCutNote } from "./transcript.ts";

/** An earlier turn, ready to be shown. */
export interface HistoryTurn {
  readonly turnId: string;
  readonly messages: readonly Message[];
}

/** All that a request could show. */
export interface Conversation {
  readonly system: string;
  readonly tools: readonly ToolDefinition[];
  /** Stands before the history in place of consolidated turns. */
  readonly summary?: Message;
  readonly history: readonly HistoryTurn[];
  readonly user: Message;
  readonly rounds: readonly Round[];
}

/** What a request does show. */
export interface Shown {
  readonly historyFrom: string | null;
  readonly roundsThrough: number;
}

/** A request within budget, and whether something had to be cut for it. */
export interface Fit extends Shown {
  readonly messages: readonly Message[];
  readonly tokens: number;
  readonly tokensBefore: number;
  readonly isTrimmed: boolean;
  /** Tokens by what takes them. */
  readonly parts: { readonly identity: number; readonly tools: number; readonly summary: number; readonly window: number; readonly user: number; readonly rounds: number };
}

/**
 * Tokens a request may take out of a context. A tenth, and at least the room
 * for a short reply, is left for the answer; another tenth for the error of
 * the estimate (our counter is within 10 % of o200k on prose and code).
 */
export function toBudget(contextTokens: number): number {
  const reply = Math.max(contextTokens * 0.1, Math.min(4_096, contextTokens / 4));
  return Math.floor((contextTokens - reply) * 0.9);
}

interface Unit {
  readonly messages: readonly Message[];
  readonly tokens: number;
  readonly turnId?: string;
  readonly round?: number;
}

/**
 * Fits a conversation into `budget` tokens. While it fits, what was shown is
 * shown again and the prefix stays byte-stable; when it does not, it is cut
 * once to half, oldest first, and grows again from there. The newest user
 * message is never cut. Undefined when even that message alone is too large.
 */
export function fitConversation(conversation: Conversation, shown: Shown, budget: number, cost: TokenCost): Fit | undefined {
  const own = { identity: cost.text(conversation.system), tools: cost.tools(conversation.tools), user: cost.message(conversation.user) + cost.text(longestCutNote) };
  const { summary } = conversation;
  const least = own.identity + own.tools + own.user;
  const summaryTokens = summary === undefined ? 0 : cost.message(summary);
  // A message that leaves no room for the summary goes without it: what is summarised can be recalled.
  const isSummarised = summaryTokens > 0 && least + summaryTokens <= budget;
  const fixed = least + (isSummarised ? summaryTokens : 0);
  const units = toUnits(conversation, shown, cost);
  const before = fixed + sum(units.map((unit) => unit.tokens));
  const kept = before <= budget ? units : keepNewest(units, Math.floor(budget / 2) - fixed, budget - fixed);
  const tokens = fixed + sum(kept.map((unit) => unit.tokens));
  if (tokens > budget) return undefined;
  const isTrimmed = kept.length < units.length;
  const next = isTrimmed ? toShown(units, kept, shown) : shown;
  const history = kept.filter((unit) => unit.turnId !== undefined).flatMap((unit) => unit.messages);
  const rounds = kept.filter((unit) => unit.round !== undefined).flatMap((unit) => unit.messages);
  const messages = [...(isSummarised && summary !== undefined ? [summary] : []), ...history, withCutNote(conversation.user, next.roundsThrough), ...rounds];
  const tokensOf = (isPart: (unit: Unit) => boolean): number => sum(kept.filter(isPart).map((unit) => unit.tokens));
  const parts = { ...own, summary: fixed - least, window: tokensOf((unit) => unit.turnId !== undefined), rounds: tokensOf((unit) => unit.round !== undefined) };
  return { ...next, messages, tokens, tokensBefore: before, isTrimmed, parts };
}

/** The note about cut rounds is reserved always, so that adding it cannot overflow. */
const longestCutNote = toCutNote(999_999);

function toUnits(conversation: Conversation, shown: Shown, cost: TokenCost): readonly Unit[] {
  const from = shown.historyFrom === null ? -1 : conversation.history.findIndex((turn) => turn.turnId === shown.historyFrom);
  const history = from === -1 ? [] : conversation.history.slice(from);
  const rounds = conversation.rounds.filter((round) => round.number > shown.roundsThrough && round.messages.length > 0);
  return [
    ...history.map((turn) => ({ messages: turn.messages, turnId: turn.turnId, tokens: sum(turn.messages.map(cost.message)) })),
    ...rounds.map((round) => ({ messages: round.messages, round: round.number, tokens: sum(round.messages.map(cost.message)) })),
  ];
}

/** The newest units within `target`; the very newest also when only `limit` holds it, so that work in progress is not forgotten. */
function keepNewest(units: readonly Unit[], target: number, limit: number): readonly Unit[] {
  const kept: Unit[] = [];
  let tokens = 0;
  for (const unit of units.toReversed()) {
    const room = kept.length === 0 && unit.round !== undefined ? limit : target;
    if (tokens + unit.tokens > room) break;
    tokens += unit.tokens;
    kept.unshift(unit);
  }
  return kept;
}

function toShown(units: readonly Unit[], kept: readonly Unit[], before: Shown): Shown {
  const dropped = units.slice(0, units.length - kept.length);
  const lastRound = dropped.findLast((unit) => unit.round !== undefined)?.round;
  return {
    historyFrom: kept.find((unit) => unit.turnId !== undefined)?.turnId ?? null,
    roundsThrough: lastRound ?? before.roundsThrough,
  };
}
