import type { ContentBlock, InboundHandler, InboundMessage, Log, OmniErrorCode, Principal } from "@omni/core";
import { isOmniError, toOmniError } from "@omni/core";
import type { AnsweredMessages } from "./answered-messages.ts";
import type { ChannelAccess } from "./channel-access.ts";
import type { IncomingMessage, TurnHandle } from "../runtime.ts";
import type { KeyedOrder } from "../keyed-order.ts";
import type { OpenAsk, Reply } from "../ask-desk.ts";
import { checkMessage } from "../check-message.ts";
import { createKeyedOrder } from "../keyed-order.ts";
import { toCommand } from "../commands/run-command.ts";
import { toToldMessage } from "../told-message.ts";

/** Most strangers that are remembered as logged: the log is no place for a flood. */
const mostStrangers = 1_000;

/** What a channel's messages are handed to. */
export interface InboundParts {
  /** The channel's name in the configuration: the entrance of its sessions. */
  readonly name: string;
  readonly access: ChannelAccess;
  readonly log: Log;
  readonly answered: AnsweredMessages;
  submit(message: IncomingMessage): Promise<TurnHandle>;
  /** Whether this very message became a turn when it came before. Rejects with `store.*`. */
  isTurn(message: IncomingMessage, platformId: string): Promise<boolean>;
  asks(): readonly OpenAsk[];
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
  /** The session a conversation stands in. */
  sessionOf(conversation: string): Promise<string>;
  /** Tells a conversation something that is no turn. Rejects where it could not be told and may be later. */
  say(conversation: string, text: string, key: string): Promise<void>;
}

interface TakingParts extends InboundParts {
  /** Messages that may answer a question, one after another for each. */
  readonly answering: KeyedOrder;
}

/**
 * What a channel calls with a message. It resolves once the message is
 * durable, or needs no keeping; it rejects only where the same message may be
 * taken later, so that the platform brings it again. Nothing of somebody who
 * does not belong is kept, answered or shown to a model.
 */
export function createInboundHandler(given: InboundParts): InboundHandler {
  const parts: TakingParts = { ...given, answering: createKeyedOrder() };
  const strangers = new Set<string>();
  const running = new Map<string, Promise<void>>();
  return async (message) => {
    const principal = parts.access.principalOf(message.sender);
    if (principal !== undefined) {
      // An impatient platform brings a message again while it is being taken.
      const taken = running.get(message.platformId) ?? take(message, principal, parts).finally(() => running.delete(message.platformId));
      running.set(message.platformId, taken);
      return taken;
    }
    if (strangers.has(message.sender) || strangers.size >= mostStrangers) return;
    strangers.add(message.sender);
    parts.log.warn(`a message of somebody who is not in channels.${parts.name}.with.allow was dropped`, { sender: message.sender.slice(0, 80) });
  };
}

async function take(message: InboundMessage, principal: Principal, parts: TakingParts): Promise<void> {
  const { platformId, conversation } = message;
  try {
    const text = (await parts.answered.find(platformId)) ?? (await toAnswer(toIncoming(message, principal, parts.name), platformId, parts));
    if (text === "") return;
    await parts.say(conversation, text, platformId);
    await parts.answered.note(platformId, "");
  } catch (error) {
    const told = toOmniError(error);
    const { code, message: text, retryable } = told;
    // A full session is told rather than delivered again: the sender sees it and can wait. A store that fails is no fault of the message, whether or not time heals it.
    if ((retryable && code !== "session.full") || isOfStore(code)) throw error;
    parts.log.warn("a message of a channel was refused", { channel: parts.name, code, message: text });
    await parts.say(conversation, toToldMessage(told, principal), platformId);
  }
}

function isOfStore(code: OmniErrorCode): boolean {
  return code.startsWith("store.") || code === "home.unwritable";
}

/** What is said to a message at once; empty where nothing is, because it became a turn or answered a question. */
async function toAnswer(incoming: IncomingMessage, platformId: string, parts: TakingParts): Promise<string> {
  if (await isAnswer(incoming, platformId, parts)) {
    await parts.answered.note(platformId, "");
    return "";
  }
  const handle = await parts.submit(incoming);
  if (!handle.isCommand) return "";
  const { output } = await handle.outcome;
  await parts.answered.note(platformId, output);
  return output;
}

function toIncoming({ platformId, conversation, content }: InboundMessage, principal: Principal, name: string): IncomingMessage {
  const texts = content.flatMap((block) => (block.type === "text" ? [block.text] : []));
  const attachments: readonly ContentBlock[] = content.filter((block) => block.type !== "text");
  return {
    sessionId: `${name}:${conversation}`,
    text: texts.join("\n"),
    ...(attachments.length === 0 ? {} : { attachments }),
    principal,
    origin: name,
    conversation,
    interactive: true,
    platformId,
  };
}

/** True where the message answered a question that its session waits with: behind the waiting turn it would stand for ever. One that brings more than words is a turn of its own: an answer has no place for the rest. */
async function isAnswer(incoming: IncomingMessage, platformId: string, parts: TakingParts): Promise<boolean> {
  const { sessionId, text, principal, attachments = [] } = incoming;
  if (toCommand(text) !== undefined || text.trim() === "" || attachments.length > 0) return false;
  const session = await parts.sessionOf(sessionId);
  // Where several people share a conversation, one who may not answer has said something else.
  const open = parts.asks().find((each) => each.ask.kind === "question" && each.sessionId === session && (each.requester === principal.id || principal.scopes.includes("approve")));
  if (open === undefined) return false;
  checkMessage(text, false);
  // A turn that comes again does not answer what it asks itself.
  if (await parts.isTurn(incoming, platformId)) return false;
  return parts.answering.of(open.ask.askId, () => answerOpen(open, { text, principal, platformId }, parts));
}

interface Answering {
  readonly text: string;
  readonly principal: Principal;
  readonly platformId: string;
}

/** Answers a question; false where it is not open any more, because another message was faster, it was answered elsewhere or its time is up. */
async function answerOpen({ ask, turnId }: OpenAsk, { text, principal, platformId }: Answering, parts: InboundParts): Promise<boolean> {
  const { askId, choices = [] } = ask;
  if (!parts.asks().some((each) => each.ask.askId === askId)) return false;
  await parts.answered.begin(platformId, { turnId, askId, by: principal.id });
  try {
    await parts.answer(askId, { answer: toChoice(text.trim(), choices) }, principal);
    return true;
  } catch (error) {
    if (isOmniError(error) && error.code === "ask.not-found") return false;
    throw error;
  }
}

/** The choice that a number or its words name, else the words. */
function toChoice(text: string, choices: readonly string[]): string {
  const byNumber = /^\d{1,3}$/.test(text) ? choices[Number(text) - 1] : undefined;
  return byNumber ?? choices.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? text;
}
