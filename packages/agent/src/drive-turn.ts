import type { BudgetClasses, Message, ModelReplyEvent, ModelRequest, PromptEvent, SteerEvent } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Conversation, Fit, HistoryTurn, Shown } from "./budget.ts";
import type { Ending } from "./turn-end.ts";
import type { Round } from "./transcript.ts";
import type { TokenCost } from "./token-cost.ts";
import type { ToolFitter } from "./fit-tools.ts";
import type { Steering, Summary } from "./parts.ts";
import type { TurnRun } from "./turn-run.ts";
import { buildPrompt, loadHistory } from "./build-prompt.ts";
import { createTokenCost, sum } from "./token-cost.ts";
import { fitConversation } from "./budget.ts";
import { createToolFitter, foreignShares } from "./fit-tools.ts";
import { readModelReply } from "./model-reply.ts";
import { runCalls } from "./run-calls.ts";
import { runMessageHooks, runModelCallHooks } from "./hooks.ts";
import { toLostResults } from "./abandoned-calls.ts";
import { toSafeText } from "./result-text.ts";
import { toBroken, toCompleted, toLimited, toTurnEnd, toUsage } from "./turn-end.ts";
import { toRound, toRounds, toSteerMessage, toSummaryMessage, toSystemText, toUserMessage, withSteering } from "./transcript.ts";

/** What a turn shows the model, as it grows. */
interface Talk {
  readonly cost: TokenCost;
  readonly fitTools: ToolFitter;
  readonly history: readonly HistoryTurn[];
  readonly system: string;
  readonly summary?: Message;
  /** Tokens of the recalled episodes in the user message. */
  readonly recalledTokens: number;
  readonly user: Conversation["user"];
  readonly rounds: Round[];
  shown: Shown;
}

/** Drives a turn from where its journal stands to its end, recording every step. */
export async function driveTurn(run: TurnRun): Promise<void> {
  const { input, parts, journal } = run;
  if (journal.last("turn-end") !== undefined) return;
  await journal.record({ type: "turn-start", turnId: input.turnId, sessionId: input.sessionId, attempt: parts.attempt, at: parts.clock.now() });
  const talk: { current?: Talk } = {};
  let ending: Ending;
  try {
    ending = await converse(run, talk);
  } catch (error) {
    if (run.isParked()) throw error;
    if (!isOmniError(error)) parts.log.error("a turn broke", { turnId: input.turnId, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    ending = toBroken(run.signal.aborted ? run.signal.reason : error);
    // What broke it may have come between a call and its result.
    for (const lost of toLostResults(journal.events, parts.clock.now())) await journal.record(lost);
  }
  const end = toTurnEnd(ending, toShownTokens(talk.current, ending), run);
  await journal.record(end);
  parts.window.append({ turnId: input.turnId, checkpointId: input.turnId, toolCalls: end.toolCalls.length, tokens: end.tokens, at: end.at });
}

/** Tokens the turn will take in the next prompt. */
function toShownTokens(talk: Talk | undefined, ending: Ending): number {
  if (talk === undefined) return 0;
  const rounds = talk.rounds.filter((round) => round.number > talk.shown.roundsThrough);
  return talk.cost.message(talk.user) + sum(rounds.flatMap((round) => round.messages.map(talk.cost.message))) + talk.cost.text(ending.output);
}

/** Model and tools in turn, until the model calls nothing more or a limit is reached. */
async function converse(run: TurnRun, holder: { current?: Talk }): Promise<Ending> {
  const talk = await openTalk(run);
  holder.current = talk;
  let reply = run.journal.replies().at(-1);
  for (;;) {
    if (reply !== undefined) {
      if (reply.calls.length === 0) {
        const ending = toEnding(reply, run);
        if (ending !== undefined) return ending;
      } else {
        await runCalls(reply, run);
        run.signal.throwIfAborted();
      }
      replaceRound(talk.rounds, toRound(reply, run.journal.results(reply.round)));
      // Before it takes anything in: what it took no model would read.
      const limited = toLimit(run);
      if (limited !== undefined) return limited;
      await takeSteering(reply.round, talk, run);
    }
    reply = await askModel((reply?.round ?? 0) + 1, talk, run);
  }
}

async function openTalk(run: TurnRun): Promise<Talk> {
  const { journal } = run;
  const recorded = journal.last("prompt");
  const trim = journal.last("trim");
  const { turns: history, isReleased } = await loadHistory(run, (trim ?? recorded)?.historyFrom);
  // Read when the window has been: what is released between the two is told twice, and the other way round it would be told nowhere.
  const summary = await readSummary(run, recorded, isReleased);
  const historyFrom = history[0]?.turnId ?? null;
  const prompt = recorded ?? (await buildPrompt(run, { historyFrom, summary, isForeign: history.some((turn) => turn.isForeign) }));
  if (recorded === undefined) {
    await journal.record(prompt);
    for (const steering of run.parts.takeSteering(0)) await recordSteering(0, steering, run);
  }
  const recalled = prompt.blocks.filter((block) => block.name === "recalled").map((block) => run.parts.tokens.count(block.text));
  const cost = createTokenCost(run.parts.tokens);
  return {
    cost,
    fitTools: createToolFitter(cost),
    ...(summary === undefined ? {} : { summary: toSummaryMessage(summary.text) }),
    recalledTokens: sum(recalled),
    history,
    system: toSystemText(prompt),
    user: withSteering(toUserMessage(prompt, run.input.attachments), journal.events),
    rounds: [...toRounds(journal.events)],
    shown: { historyFrom, roundsThrough: trim?.roundsThrough ?? 0 },
  };
}

/** The newest summary for a turn that begins. One that is taken up again has the one it was begun with, or none, unless turns that it showed were consolidated meanwhile. */
async function readSummary({ parts }: TurnRun, recorded: PromptEvent | undefined, isReleased: boolean): Promise<Summary | undefined> {
  if (recorded === undefined || isReleased) return parts.summary();
  return recorded.summary === undefined ? undefined : parts.summary(recorded.summary);
}

function replaceRound(rounds: Round[], round: Round): void {
  const index = rounds.findIndex((each) => each.number === round.number);
  if (index === -1) rounds.push(round);
  else rounds[index] = { number: round.number, messages: [...round.messages, ...(rounds[index]?.messages.filter((message) => message.role === "user") ?? [])] };
}

async function takeSteering(round: number, talk: Talk, run: TurnRun): Promise<void> {
  for (const steering of run.parts.takeSteering(round)) {
    const { text } = await recordSteering(round, steering, run);
    const last = talk.rounds.pop();
    if (last !== undefined) talk.rounds.push({ number: last.number, messages: [...last.messages, toSteerMessage(text)] });
  }
}

/** A message that comes to a running turn passes the hooks as one that begins a turn; one that they refuse is told of without its words. */
async function recordSteering(round: number, { text, turnId }: Steering, run: TurnRun): Promise<SteerEvent> {
  const { sessionId, turnId: ownId } = run.input;
  const hooked = await runMessageHooks(toSafeText(text), { sessionId, turnId: turnId ?? ownId, signal: run.signal }, run.parts);
  // A hook that was left behind refused nothing: the message is a turn of its own then. Whoever cancels means what the turn has taken as well.
  if (run.signal.aborted && toOmniError(run.signal.reason).code !== "turn.cancelled") throw run.signal.reason;
  const words = "veto" in hooked ? `[A message of the person was refused by a hook: ${hooked.veto}]` : hooked.text;
  const event: SteerEvent = { type: "steer", round, text: words, ...(turnId === undefined ? {} : { turnId }), at: run.parts.clock.now() };
  await run.journal.record(event);
  return event;
}

/** The ending a reply without calls means, or undefined when it was empty and the model is asked once more. */
function toEnding(reply: ModelReplyEvent, run: TurnRun): Ending | undefined {
  if (reply.finish === "length") return toLimited("turn.limited", "[The reply was cut at the model's length limit.]", reply.text);
  if (reply.finish === "content-filter") throw new OmniError("provider.refused", "The model's content filter stopped the reply; put the request in other words.");
  if (reply.text.trim() !== "") return reply.finish === "other" ? toLimited("turn.limited", "[The reply may be incomplete: it ended for a reason that is not known.]", reply.text) : toCompleted(reply.text);
  const before = run.journal.replies().at(-2);
  const isSecond = before !== undefined && before.calls.length === 0;
  if (isSecond) throw new OmniError("provider.bad-response", "The model answered twice with nothing; try again or use another model.", { retryable: true });
  return undefined;
}

function toLimit(run: TurnRun): Ending | undefined {
  const { maxRounds, maxTokens } = run.parts.limits;
  const replies = run.journal.replies();
  const text = replies.at(-1)?.text ?? "";
  if (replies.length >= maxRounds) return toLimited("turn.limited", `I stopped after ${maxRounds} rounds, the limit of one turn. Say "go on" to continue.`, text);
  // Counting what was not reported takes time, and most turns have no such limit.
  if (!Number.isFinite(maxTokens)) return undefined;
  const { inputTokens, outputTokens } = toUsage(run);
  const used = inputTokens + outputTokens;
  if (used >= maxTokens) return toLimited("turn.limited", `I stopped after ${used} tokens, the limit of one turn. Say "go on" to continue.`, text);
  return undefined;
}

/** One model call within budget. A model that says the request is too long gets it once more, cut to half of what was sent. */
async function askModel(round: number, talk: Talk, run: TurnRun): Promise<ModelReplyEvent> {
  try {
    return await askOnce(round, run.budget, talk, run);
  } catch (error) {
    const sent = run.journal.last("model-call");
    if (!isOmniError(error) || error.code !== "provider.context-too-long" || sent?.round !== round || run.signal.aborted) throw error;
    return await askOnce(round, toSmaller(sent.estimatedTokens, talk, run), talk, run);
  }
}

/**
 * The budget of a second try: half of what was sent, for where the context is
 * smaller than we were told that may be less than half of the budget already.
 * Where the message and what goes with it do not fit into that, three quarters
 * of it, else half of the budget.
 */
function toSmaller(sentTokens: number, talk: Talk, run: TurnRun): number {
  const tries = [sentTokens / 2, sentTokens * 0.75, run.budget / 2].map((tokens) => Math.floor(Math.min(run.budget, tokens)));
  return tries.find((budget) => findFit(budget, talk, run) !== undefined) ?? Math.floor(run.budget / 2);
}

async function askOnce(round: number, budget: number, talk: Talk, run: TurnRun): Promise<ModelReplyEvent> {
  const { parts, input, journal } = run;
  const { fit, tools } = fitRequest(budget, talk, run);
  await recordTrim(round, fit, talk, run);
  const request: ModelRequest = { ...(input.model === undefined ? {} : { model: input.model }), system: talk.system, messages: fit.messages, tools };
  const hooked = await runModelCallHooks(request, { sessionId: input.sessionId, turnId: input.turnId, signal: run.signal }, parts);
  if ("veto" in hooked) throw new OmniError("turn.vetoed", `The model call was refused by a hook: ${hooked.veto}`);
  await journal.record({ type: "model-call", round, estimatedTokens: fit.tokens, budgetTokens: budget, classes: toClasses(fit, talk), at: parts.clock.now() });
  const reply = await readModelReply(hooked, round, parts, run);
  await journal.record(reply);
  if (reply.usage.reported) parts.tokens.calibrate(fit.tokens, reply.usage.inputTokens);
  return reply;
}

function toClasses({ parts: { user, ...others } }: Fit, { recalledTokens }: Talk): BudgetClasses {
  return { ...others, recalled: recalledTokens, message: Math.max(0, user - recalledTokens) };
}

/** What goes into a request, and how many tools had no room in it. */
interface FitRequest {
  readonly fit: Fit;
  readonly tools: ModelRequest["tools"];
  readonly leftOut: number;
}

/** Everything within budget, with as many foreign tools as leave room for the rest; undefined where the message does not fit at all. */
function findFit(budget: number, talk: Talk, run: TurnRun): FitRequest | undefined {
  for (const share of foreignShares) {
    const { tools, leftOut } = talk.fitTools(run.parts.tools.list(), budget * share);
    const fit = fitConversation({ ...talk, tools }, talk.shown, budget, talk.cost);
    if (fit !== undefined) return { fit, tools, leftOut };
  }
  return undefined;
}

function fitRequest(budget: number, talk: Talk, run: TurnRun): FitRequest {
  const found = findFit(budget, talk, run);
  if (found === undefined) throw new OmniError("provider.context-too-long", `The message, the instructions and the tools do not fit into ${budget} tokens; raise agent.contextTokens or send less.`);
  const { leftOut, tools } = found;
  if (leftOut > 0) run.parts.log.warn("tools of servers were left out of a request, for want of room", { turnId: run.input.turnId, leftOut, shown: tools.length });
  return found;
}

async function recordTrim(round: number, fit: Fit, talk: Talk, run: TurnRun): Promise<void> {
  if (!fit.isTrimmed) return;
  talk.shown = { historyFrom: fit.historyFrom, roundsThrough: fit.roundsThrough };
  await run.journal.record({ type: "trim", round, ...talk.shown, tokensBefore: fit.tokensBefore, tokensAfter: fit.tokens });
}
