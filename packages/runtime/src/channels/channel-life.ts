import type { Channel, Clock, InboundHandler, Log, Store, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { OutboxSender } from "./outbox-sender.ts";
import { closeInTime } from "../close-in-time.ts";
import { createOutboxSender } from "./outbox-sender.ts";
import { createWebhookDesk, toLater } from "./webhook-desk.ts";
import { sendMessage } from "./send-message.ts";
import { splitText } from "./split-text.ts";
import { within } from "../within.ts";

/** Waits before a channel that could not be started is tried again: from one second, doubling, to a minute. */
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** How long what is under way may take to arrive when the channel ends, from when it takes no more messages, milliseconds. */
const graceMs = 5_000;

/** How a channel is. */
export interface ChannelStatus {
  readonly name: string;
  /** `failed`: it could not be started; it is tried again unless its configuration is at fault. */
  readonly state: "starting" | "receiving" | "failed" | "stopped";
  /** Why it failed, for a person. */
  readonly reason?: string;
}

/** What a channel lives with. */
export interface ChannelLifeParts {
  readonly name: string;
  readonly store: Pick<Store, "outbox" | "updateOutbox" | "turn">;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the channel anew. Throws `config.*` where another try cannot help. */
  make(): Promise<Channel>;
  readonly handler: InboundHandler;
}

/** One channel from its start to its end. */
export interface ChannelLife {
  /** Begins. `warn` is told where the configuration is at fault, so that the channel stays out until the next start. */
  start(warn?: (warning: string) => void): void;
  status(): ChannelStatus;
  /** Units of its longest message; undefined while it is not there. */
  maxMessageLength(): number | undefined;
  /** Says that rows wait for it. */
  wake(): void;
  /** Sends what is no row of the outbox. Rejects, retryable, where it surely was not taken. */
  say(conversation: string, text: string, key: string): Promise<void>;
  /**
   * Has the channel answer a request of its platform. Rejects with
   * `request.not-found` where it was not started or takes none, with
   * `gateway.draining` once it takes no more, and with `channel.failed`,
   * retryable, while it does not receive.
   */
  receive(request: WebhookRequest): Promise<WebhookResponse>;
  /** Takes no more messages; goes on sending. */
  deafen(): void;
  /** Resolves when everything on its way has arrived; what waits to be tried again is left to the next start. */
  delivered(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What a life is at now. */
interface LifeState {
  status: ChannelStatus;
  /** From before its start: a channel may hand a message over at once. */
  channel: Channel | undefined;
  /** From after its start. */
  sender: OutboxSender | undefined;
  readonly receiving: AbortController;
  readonly sending: AbortController;
  /** When it began to take no more messages, on the monotonic clock. */
  deafSince: number;
}

/** Makes a life that has not begun. A channel that cannot be started costs itself only. */
export function createChannelLife(parts: ChannelLifeParts): ChannelLife {
  const { name } = parts;
  const desk = createWebhookDesk(name, parts.clock);
  const state: LifeState = { status: { name, state: "stopped" }, channel: undefined, sender: undefined, receiving: new AbortController(), sending: new AbortController(), deafSince: 0 };
  let living: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const deafen = (): void => {
    if (state.receiving.signal.aborted) return;
    state.deafSince = parts.clock.monotonic();
    state.receiving.abort(new Error("The gateway takes no more messages."));
    state.status = { name, state: "stopped" };
  };
  return {
    start(warn) {
      if (living !== undefined || state.receiving.signal.aborted) return;
      state.status = { name, state: "starting" };
      living = live(state, parts, warn);
    },
    status: () => state.status,
    maxMessageLength: () => state.channel?.capabilities.maxMessageLength,
    wake: () => state.sender?.wake(),
    say: (conversation, text, key) => say({ conversation, text, key }, state, parts),
    receive: async (request) => desk.receive(toReceive(state), request),
    deafen,
    delivered: async () => state.sender?.idle(),
    close() {
      deafen();
      return (closing ??= shut(living, state, parts));
    },
  };
}

/** What a person is told of a channel whose configuration is at fault. */
export function toLeftOut(name: string, reason: string): string {
  return `channels.${name} is left out: ${reason}`;
}

/** What the channel takes requests with. Throws where there is nothing, or not now. */
function toReceive({ status, channel, receiving }: LifeState): NonNullable<Channel["receive"]> {
  if (receiving.signal.aborted) throw new OmniError("gateway.draining", "Omni is stopping; send the request again in a moment.", { retryable: true, retryAfterMs: 2_000 });
  const isHere = status.state === "receiving";
  if (status.state === "stopped" || (isHere && channel?.receive === undefined)) throw new OmniError("request.not-found", `The channel ${status.name} takes no requests.`);
  if (!isHere || channel?.receive === undefined) throw toLater(`The channel ${status.name} does not receive at this moment; send the request again later.`);
  return channel.receive.bind(channel);
}

/** Starts the channel, again and again where it fails and another try may help. */
async function live(state: LifeState, parts: ChannelLifeParts, warn?: (warning: string) => void): Promise<void> {
  const { name, clock, log } = parts;
  const { signal } = state.receiving;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await open(state, parts);
      if (!signal.aborted) state.status = { name, state: "receiving" };
      log.info("a channel receives", { channel: name });
      return;
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = toOmniError(error, "channel.failed");
      state.status = { name, state: "failed", reason: message };
      log.error("a channel could not be started", { channel: name, code, message });
      if (code.startsWith("config.")) return warn?.(toLeftOut(name, message));
      await clock.sleep(Math.min(longestWaitMs, firstWaitMs * 2 ** failures), signal).catch(() => undefined);
    }
  }
}

/** Makes and starts a channel. One that does not start is closed again: whether it could be started a second time nobody has promised. */
async function open(state: LifeState, parts: ChannelLifeParts): Promise<void> {
  const { name, store, clock, log, handler, make } = parts;
  const channel = await make();
  try {
    state.channel = channel;
    await channel.start(handler, state.receiving.signal);
    // It took longer to start than the close would wait.
    state.sending.signal.throwIfAborted();
  } catch (error) {
    state.channel = undefined;
    await closeChannel(channel, parts);
    throw error;
  }
  state.sender = createOutboxSender({ name, channel, store, clock, log, signal: state.sending.signal });
  state.sender.wake();
}

/** Lets what is on its way arrive for a while, in which a drain before it counts, then ends it. A channel that does not end well holds nothing else. */
async function shut(living: Promise<void> | undefined, state: LifeState, parts: ChannelLifeParts): Promise<void> {
  const { clock } = parts;
  const left = Math.max(0, state.deafSince + graceMs - clock.monotonic());
  await within(clock, left, Promise.resolve(living).then(() => state.sender?.idle()));
  state.sending.abort(new Error("The gateway is stopping."));
  if (state.channel !== undefined) await closeChannel(state.channel, parts);
  await state.sender?.idle();
}

/** Closes a channel, or leaves it behind where that takes too long. Never rejects. */
async function closeChannel(channel: Channel, { name, clock, log }: ChannelLifeParts): Promise<void> {
  try {
    await closeInTime(`channels.${name}`, () => channel.close(), { clock, log });
  } catch (error) {
    log.warn("a channel could not be closed", { channel: name, message: toOmniError(error, "channel.failed").message });
  }
}

interface Saying {
  readonly conversation: string;
  readonly text: string;
  readonly key: string;
}

async function say({ conversation, text, key }: Saying, { channel, sending }: LifeState, { clock, log, name }: ChannelLifeParts): Promise<void> {
  if (channel === undefined) return;
  const pieces = splitText(text, channel.capabilities.maxMessageLength);
  for (const [part, piece] of pieces.entries()) {
    try {
      await sendMessage({ conversation, text: piece, idempotencyKey: `${key}:${part}` }, { channel, clock, signal: sending.signal });
    } catch (error) {
      const { retryable, message } = toOmniError(error, "channel.failed");
      // Nothing was shown yet: the message that is answered may come again. After a part of it was, a repeat would be one too many.
      if (retryable && part === 0) throw error;
      log.warn("an answer could not be brought to its conversation", { channel: name, message });
      return;
    }
  }
}
