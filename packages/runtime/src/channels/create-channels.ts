import type { Channel, Principal, Store, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ChannelLife, ChannelStatus } from "./channel-life.ts";
import type { Composition } from "../compose.ts";
import type { Conversations } from "../conversations.ts";
import type { IncomingMessage, TurnHandle } from "../runtime.ts";
import type { OpenAsk, Reply } from "../ask-desk.ts";
import type { SlotChoice } from "../config/config.ts";
import { createAnsweredMessages } from "./answered-messages.ts";
import { createChannelLife } from "./channel-life.ts";
import { createInboundHandler } from "./inbound-handler.ts";
import { createPart } from "../compose.ts";
import { findTaken } from "../find-taken.ts";
import { takeAccess } from "./channel-access.ts";

/** Entrances that are not channels: a channel of such a name would share their sessions, or the people that access tokens stand for. */
const entrances: ReadonlySet<string> = new Set(["cli", "stdio", "http", "token"]);

/** What the channels of a runtime work with. */
export interface ChannelsParts {
  readonly composition: Composition;
  readonly store: Store;
  readonly conversations: Pick<Conversations, "of">;
  submit(message: IncomingMessage): Promise<TurnHandle>;
  asks(): readonly OpenAsk[];
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
}

/** Every channel of the configuration. */
export interface Channels {
  /** Starts them all, in the background; see `ChannelLife.start`. */
  start(warn?: (warning: string) => void): void;
  list(): readonly ChannelStatus[];
  /** Units of the longest message of a channel that is there. */
  lengthOf(name: string): number | undefined;
  /** Has a channel answer a request of its platform; see `ChannelLife.receive`. A name that no channel has is `request.not-found`. */
  receive(name: string, request: WebhookRequest): Promise<WebhookResponse>;
  /** Says that rows wait for a channel. */
  wake(name: string): void;
  /** No messages from now on; sending goes on. */
  deafen(): void;
  /** Resolves when everything on its way has arrived. */
  delivered(): Promise<void>;
  close(): Promise<void>;
}

/** Makes the channels of a configuration; nothing is imported or opened before the start. */
export function createChannels(parts: ChannelsParts): Channels {
  const choices = Object.entries(parts.composition.config.channels ?? {});
  const lives = new Map<string, ChannelLife>(choices.map(([name, choice]) => [name, createLife(name, choice, parts)]));
  const all = [...lives.values()];
  return {
    start: (warn) => all.forEach((life) => life.start(warn)),
    list: () => all.map((life) => life.status()),
    lengthOf: (name) => lives.get(name)?.maxMessageLength(),
    async receive(name, request) {
      const life = lives.get(name);
      if (life === undefined) throw new OmniError("request.not-found", "There is no such channel.");
      return life.receive(request);
    },
    wake: (name) => lives.get(name)?.wake(),
    deafen: () => all.forEach((life) => life.deafen()),
    async delivered() {
      await Promise.all(all.map((life) => life.delivered()));
    },
    async close() {
      await Promise.all(all.map((life) => life.close()));
    },
  };
}

function createLife(name: string, choice: SlotChoice, parts: ChannelsParts): ChannelLife {
  const { composition, store, conversations } = parts;
  const { clock, log } = composition.host;
  let access: ReturnType<typeof takeAccess> | undefined;
  const handler = createInboundHandler({
    name,
    // Asked for a sender only once the channel was made, which is refused where nobody can be told from anybody.
    access: { principalOf: (sender) => access?.access.principalOf(sender) },
    log,
    answered: createAnsweredMessages(name, store, log, clock),
    sessionOf: async (conversation) => (await conversations.of(conversation)).sessionId,
    submit: parts.submit,
    isTurn: async (message, platformId) => (await findTaken({ message, turnId: platformId, sessionId: message.sessionId, at: clock.now() }, store)).result === "existing",
    asks: parts.asks,
    answer: parts.answer,
    say: (conversation, text, key) => life.say(conversation, text, key),
  });
  const make = async (): Promise<Channel> => {
    checkChannelName(name);
    access = takeAccess(name, choice.with);
    return createPart("channel", { use: choice.use, with: access.options }, `channels.${name}`, composition);
  };
  const life = createChannelLife({ name, store, clock, log, make, handler });
  return life;
}

/** Throws `config.invalid` for what no channel may be called. */
export function checkChannelName(name: string): void {
  if (entrances.has(name)) throw new OmniError("config.invalid", `channels.${name}: ${name} is an entrance of its own; give the channel another name and say "use".`);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new OmniError("config.invalid", `channels.${name}: the name of a channel is the first part of its sessions' ids, so it has small letters, digits and dashes only.`);
}
