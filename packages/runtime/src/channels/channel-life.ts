import type { Channel, Clock, InboundHandler, Log, Store } from "@omni/core";
import { toOmniError } from "@omni/core";
import type { OutboxSender } from "./outbox-sender.ts";
import { createOutboxSender } from "./outbox-sender.ts";
import { splitText } from "./split-text.ts";
import { within } from "../within.ts";

/** Waits before a channel that could not be started is tried again: from one second, doubling, to a minute. */
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** How long what is under way may take to arrive when the channel ends, milliseconds. */
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
  readonly store: Pick<Store, "outbox" | "updateOutbox">;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes the channel anew. Throws `config.*` where another try cannot help. */
  make(): Promise<Channel>;
  readonly handler: InboundHandler;
}

/** One channel from its start to its end. */
export interface ChannelLife {
  start(): void;
  status(): ChannelStatus;
  /** Units of its longest message; undefined while it is not there. */
  maxMessageLength(): number | undefined;
  /** Says that rows wait for it. */
  wake(): void;
  /** Sends what is no row of the outbox. Rejects, retryable, where it surely was not taken. */
  say(conversation: string, text: string, key: string): Promise<void>;
  /** Takes no more messages; goes on sending. */
  deafen(): void;
  /** Resolves when everything on its way has arrived. */
  delivered(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A channel that is up. */
interface Open {
  readonly channel: Channel;
  readonly sender: OutboxSender;
}

/** Makes a life that has not begun. A channel that cannot be started costs itself only. */
export function createChannelLife(parts: ChannelLifeParts): ChannelLife {
  const { name, clock, log } = parts;
  const receiving = new AbortController();
  const sending = new AbortController();
  let status: ChannelStatus = { name, state: "stopped" };
  let open: Open | undefined;
  let living: Promise<void> | undefined;

  const live = async (): Promise<void> => {
    for (let failures = 0; !receiving.signal.aborted; failures += 1) {
      try {
        open = await openChannel(parts, receiving.signal, sending.signal);
        status = { name, state: "receiving" };
        log.info("a channel receives", { channel: name });
        open.sender.wake();
        return;
      } catch (error) {
        if (receiving.signal.aborted) return;
        const { code, message } = toOmniError(error, "channel.failed");
        status = { name, state: "failed", reason: message };
        log.error("a channel could not be started", { channel: name, code, message });
        if (code.startsWith("config.")) return;
        await clock.sleep(Math.min(longestWaitMs, firstWaitMs * 2 ** failures), receiving.signal).catch(() => undefined);
      }
    }
  };
  const deafen = (): void => {
    if (receiving.signal.aborted) return;
    receiving.abort(new Error("The gateway takes no more messages."));
    status = { name, state: "stopped" };
  };
  let closing: Promise<void> | undefined;
  const shut = async (): Promise<void> => {
    deafen();
    await living;
    await within(clock, graceMs, open?.sender.idle() ?? Promise.resolve());
    sending.abort(new Error("The gateway is stopping."));
    await open?.channel.close();
    await open?.sender.idle();
  };

  return {
    start() {
      if (living !== undefined || receiving.signal.aborted) return;
      status = { name, state: "starting" };
      living = live();
    },
    status: () => status,
    maxMessageLength: () => open?.channel.capabilities.maxMessageLength,
    wake: () => open?.sender.wake(),
    say: (conversation, text, key) => say({ conversation, text, key }, open, parts, sending.signal),
    deafen,
    delivered: async () => open?.sender.idle(),
    close: () => (closing ??= shut()),
  };
}

/** Makes and starts a channel. One that does not start is closed again: whether it could be started a second time nobody has promised. */
async function openChannel(parts: ChannelLifeParts, receiving: AbortSignal, sending: AbortSignal): Promise<Open> {
  const channel = await parts.make();
  const sender = createOutboxSender({ name: parts.name, channel, store: parts.store, clock: parts.clock, log: parts.log, signal: sending });
  try {
    await channel.start(parts.handler, receiving);
    return { channel, sender };
  } catch (error) {
    await channel.close().catch(() => undefined);
    throw error;
  }
}

interface Saying {
  readonly conversation: string;
  readonly text: string;
  readonly key: string;
}

async function say({ conversation, text, key }: Saying, open: Open | undefined, { log, name }: ChannelLifeParts, signal: AbortSignal): Promise<void> {
  if (open === undefined) return;
  const pieces = splitText(text, open.channel.capabilities.maxMessageLength);
  for (const [part, piece] of pieces.entries()) {
    try {
      await open.channel.send({ conversation, text: piece, idempotencyKey: `${key}:${part}` }, signal);
    } catch (error) {
      const { retryable, message } = toOmniError(error, "channel.failed");
      // Nothing was shown yet: the message that is answered may come again. After a part of it was, a repeat would be one too many.
      if (retryable && part === 0) throw error;
      log.warn("an answer could not be brought to its conversation", { channel: name, message });
      return;
    }
  }
}
