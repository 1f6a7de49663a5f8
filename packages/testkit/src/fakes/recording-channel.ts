import type { Channel, ChannelCapabilities, InboundHandler, InboundMessage, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ChannelPlace, PlacedMessage, SendFault, SentMessage } from "../channel-place.ts";
import type { ManualClock } from "./manual-clock.ts";
import { createManualClock } from "./manual-clock.ts";

/** A platform in this process: what people wrote and see on it outlives the channels that reach it. */
export interface RecordingPlatform {
  /** What people see now, with the receipt of each message. */
  readonly shown: { readonly receipt: string; readonly key: string; message: SentMessage }[];
  /** How the next sends are met, in order. */
  readonly faults: SendFault[];
  /** Who receives now. */
  receiver: ((message: InboundMessage) => Promise<void>) | undefined;
}

/** What a recording channel can do unless it is told otherwise. */
const everything: ChannelCapabilities = { maxMessageLength: 4_000, edit: true, buttons: true, files: false, deduplicates: true };

/** Makes a platform on which nothing was written. */
export function createRecordingPlatform(): RecordingPlatform {
  return { shown: [], faults: [], receiver: undefined };
}

/** Makes a channel to a platform in this process. It keeps the whole contract of `Channel`. */
export function createRecordingChannel(platform: RecordingPlatform = createRecordingPlatform(), capabilities: Partial<ChannelCapabilities> = {}): Channel {
  const abilities = { ...everything, ...capabilities };
  const running = new Set<Promise<void>>();
  let receiver: RecordingPlatform["receiver"];
  const deafen = (): void => {
    if (platform.receiver === receiver) platform.receiver = undefined;
  };
  const hear = (handler: InboundHandler): void => {
    receiver = (message) => {
      const handled = Promise.resolve()
        .then(() => handler(message))
        .finally(() => running.delete(handled));
      running.add(handled);
      return handled;
    };
    platform.receiver = receiver;
  };
  return {
    capabilities: abilities,
    async start(handler, signal) {
      signal.throwIfAborted();
      signal.addEventListener("abort", deafen, { once: true });
      hear(handler);
    },
    async send(message, signal) {
      signal.throwIfAborted();
      checkMessage(message, abilities);
      const fault = platform.faults.shift();
      if (fault === "stalled") await untilAborted(signal);
      if (fault === "refused") throw new OmniError("egress.failed", "The platform asks to wait; send the message again later.", { retryable: true });
      if (fault === "forbidden") throw new OmniError("egress.failed", "The conversation is gone; the message cannot be sent there.");
      const receipt = show(platform, message, abilities);
      if (fault === "lost") throw new OmniError("egress.failed", "The platform took the message and the answer was lost.");
      return { receipt };
    },
    async close() {
      deafen();
      await Promise.allSettled(running);
    },
  };
}

/** Makes the place in which the kit meets a recording channel. */
export function createRecordingChannelPlace(platform: RecordingPlatform = createRecordingPlatform(), capabilities: Partial<ChannelCapabilities> = {}, clock: ManualClock = createManualClock()): ChannelPlace {
  return {
    create: async () => createRecordingChannel(platform, capabilities),
    async deliver(message) {
      if (platform.receiver === undefined) return "kept";
      return platform.receiver(toInbound(message)).then(
        () => "acknowledged" as const,
        () => "kept" as const,
      );
    },
    sent: () => platform.shown.map(({ message }) => message),
    failNext: (fault) => void platform.faults.push(fault),
    elapse: (milliseconds) => clock.advance(milliseconds),
    dispose: async () => undefined,
  };
}

function checkMessage(message: OutboundMessage, { maxMessageLength, edit, buttons }: ChannelCapabilities): void {
  const { length } = message.text;
  if (length > maxMessageLength) throw new OmniError("message.too-large", `The text has ${length} units and the platform takes ${maxMessageLength}; split it.`);
  if (message.edits !== undefined && !edit) throw new OmniError("message.invalid", "Messages of this platform cannot be edited; send a new one.");
  if (message.buttons !== undefined && !buttons) throw new OmniError("message.invalid", "This platform has no buttons; ask in words.");
}

/** Shows a message and gives its receipt. */
function show({ shown }: RecordingPlatform, message: OutboundMessage, { deduplicates }: ChannelCapabilities): string {
  const known = deduplicates ? shown.find((each) => each.key === message.idempotencyKey) : undefined;
  if (known !== undefined) return known.receipt;
  const edited = message.edits === undefined ? undefined : shown.find((each) => each.receipt === message.edits);
  if (message.edits !== undefined && edited === undefined) throw new OmniError("message.invalid", `There is no message with the receipt ${message.edits}.`);
  if (edited !== undefined) {
    edited.message = toSent(message);
    return edited.receipt;
  }
  const receipt = `receipt-${shown.length + 1}`;
  shown.push({ receipt, key: message.idempotencyKey, message: toSent(message) });
  return receipt;
}

function toSent({ conversation, text, buttons = [] }: OutboundMessage): SentMessage {
  const [name = "", thread] = conversation.split(":");
  return { conversation: name, ...(thread === undefined ? {} : { thread }), text, buttons };
}

function toInbound({ id, text, conversation, thread, sender, at }: PlacedMessage): InboundMessage {
  const where = thread === undefined ? conversation : `${conversation}:${thread}`;
  return { platformId: id, conversation: where, sender: sender.id, content: [{ type: "text", text }], at };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new OmniError("egress.failed", "The send was stopped before the platform answered.", { cause: signal.reason })), { once: true });
  });
}
