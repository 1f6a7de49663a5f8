import type { InboundMessage, TerminalDevice } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { TerminalChannel, TerminalOutcome } from "@omni/channel-terminal";
import { createTerminalChannel, terminalChannelOptions } from "@omni/channel-terminal";
import type { ChatParts } from "./chat-parts.ts";
import type { SubmittedTurn, TurnService } from "../turn-service.ts";
import { exitCodes } from "../exit-codes.ts";
import { isLeaving } from "./is-leaving.ts";
import { keepHistoryPrivate } from "./private-history.ts";
import { putAsks } from "./asks-in-place.ts";
import { toTerminalEvents } from "./terminal-events.ts";
import { toTurnSettings } from "../turn-settings.ts";

/** Longest that turns are waited for when the system asks the chat to end, in milliseconds. */
const patienceMs = 3_000;

interface Chat extends ChatParts {
  readonly channel: TerminalChannel;
  readonly turns: TurnService;
  /** Turns that were taken and whose end was not shown yet, oldest first. */
  readonly open: SubmittedTurn[];
  /** Turns that the person wants to end. */
  readonly stopped: Set<string>;
  /** Resolves with the exit code when the chat is over. */
  readonly over: PromiseWithResolvers<number>;
  /** Resolves when every turn so far was shown, and when every command so far was answered. */
  shown: Promise<void>;
  answered: Promise<void>;
}

/** A chat in a terminal, until the person leaves. Ends with 0, or with 130 when a turn was left that did not end. */
export async function chat(parts: ChatParts, device: TerminalDevice): Promise<number> {
  const { config, host, turns } = parts.opened;
  const { terminal } = parts.context;
  await keepHistoryPrivate(config.paths.state);
  const channel = createTerminalChannel(terminalChannelOptions.parse({}), { ...host, terminal: device });
  const state: Chat = { ...parts, channel, turns, open: [], stopped: new Set(), over: Promise.withResolvers<number>(), shown: Promise.resolve(), answered: Promise.resolve() };
  const ending = new AbortController();
  const forgetSignals = terminal.onSignal((signal) => (signal === "SIGINT" ? interrupt(state) : void end(state)));
  try {
    channel.onIntent((intent) => (intent === "interrupt" ? interrupt(state) : leaveAfterTurns(state)));
    channel.note(`omni · ${state.sessionId} · /help lists the commands, Ctrl+D leaves`);
    await channel.start((message) => take(state, message), ending.signal);
    return await state.over.promise;
  } finally {
    await channel.close();
    await terminal.output.write(`\n${toFarewell(state)}\n`);
    forgetSignals();
  }
}

/** Takes what the person sent: resolves when it is durable. */
async function take(state: Chat, message: InboundMessage): Promise<void> {
  const { call, opened, sessionId, turns, open } = state;
  const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  if (isLeaving(text)) return leaveAfterTurns(state);
  const turn = await turns.submit({ sessionId, text, origin: "cli", interactive: true, ...toTurnSettings(call, opened.config) });
  // A command is answered at once, whatever runs; it is no turn, so it does not wait for one.
  if (/^\/[A-Za-z][A-Za-z-]*(?:\s|$)/.test(text.trim())) {
    state.answered = Promise.all([state.answered, answerCommand(state, turn)]).then(() => undefined);
    return;
  }
  open.push(turn);
  state.shown = state.shown.then(() => show(state, turn, message.platformId));
}

async function answerCommand({ channel, sessionId }: Chat, turn: SubmittedTurn): Promise<void> {
  const { output, error } = await outcomeOf(turn);
  const text = error === null ? output : `${error.code}: ${error.message}`;
  await channel.send({ conversation: sessionId, text, idempotencyKey: turn.turnId }, new AbortController().signal).catch(() => undefined);
}

async function show({ channel, context, open, turns }: Chat, turn: SubmittedTurn, platformId: string): Promise<void> {
  const shown = channel.begin(platformId);
  const stopAsking = putAsks({ turnId: turn.turnId, turns, channel, after: context.terminal.after, onAsk: () => shown.next({ type: "break" }) });
  try {
    for await (const { event } of turn.events()) for (const each of toTerminalEvents(event)) shown.next(each);
  } catch {
    // What is shown live may break off; how the turn ended is told below.
  }
  const outcome = await outcomeOf(turn);
  stopAsking();
  open.splice(open.indexOf(turn), 1);
  shown.end(outcome);
}

async function outcomeOf(turn: SubmittedTurn): Promise<TerminalOutcome> {
  try {
    return await turn.outcome;
  } catch (error) {
    const { code, message } = toOmniError(error);
    return { status: "failed", output: "", error: { code, message } };
  }
}

/** Ctrl+C: stops the turn that runs; where it was asked to stop before, or nothing runs, the chat is left. */
function interrupt(state: Chat): void {
  const [running] = state.open;
  if (running === undefined) return state.over.resolve(exitCodes.done);
  if (state.stopped.has(running.turnId)) return state.over.resolve(exitCodes.cancelled);
  state.stopped.add(running.turnId);
  void state.turns.cancel(running.turnId).catch(() => false);
}

/** Ctrl+D, /exit: what was sent is answered first. */
function leaveAfterTurns(state: Chat): void {
  if (state.open.length > 0) state.channel.note("leaving when this is answered; Ctrl+C stops it");
  void Promise.all([state.shown, state.answered]).then(() => state.over.resolve(exitCodes.done));
}

/** The system wants the program to end: what runs is cancelled and waited for a little while. */
async function end(state: Chat): Promise<void> {
  const { terminal } = state.context;
  if (state.open.length === 0) return state.over.resolve(exitCodes.done);
  terminal.after(patienceMs, () => state.over.resolve(exitCodes.cancelled));
  for (const turn of state.open) void state.turns.cancel(turn.turnId).catch(() => false);
  await state.shown;
  state.over.resolve(exitCodes.cancelled);
}

function toFarewell({ sessionId }: Chat): string {
  const again = sessionId === "cli:default" ? "omni agent" : `omni agent --session ${sessionId}`;
  return `This was ${sessionId}; go on with: ${again}`;
}
