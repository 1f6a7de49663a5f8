import type { ContentBlock } from "./content.ts";

/** What a network can do; the runtime asks nothing of a channel that it does not declare. */
export interface ChannelCapabilities {
  /** Most UTF-16 units in one message. */
  readonly maxMessageLength: number;
  /** A sent message can be edited, so a reply can be streamed into it. */
  readonly edit: boolean;
  readonly buttons: boolean;
  readonly files: boolean;
  /** The platform drops a second send with the same key, so a retry cannot double. */
  readonly deduplicates: boolean;
}

/** A message from a network. Everything in it is a stranger's data until the sender is known. */
export interface InboundMessage {
  /** Unique per channel: a second delivery with the same id is dropped. */
  readonly platformId: string;
  /** `conversation[:thread]`, without the channel's own name. */
  readonly conversation: string;
  /** The platform's immutable id of the sender, never a name. */
  readonly sender: string;
  readonly content: readonly ContentBlock[];
  /** Unix milliseconds. */
  readonly at: number;
}

/** A part of a reply to deliver. */
export interface OutboundMessage {
  readonly conversation: string;
  readonly text: string;
  readonly buttons?: readonly { readonly label: string; readonly value: string }[];
  /** Stable over retries of the same part. */
  readonly idempotencyKey: string;
  /** Receipt of the message this one edits. */
  readonly edits?: string;
}

/** What a channel calls when something arrives. Resolves once the message is durable: only then is the platform told. */
export type InboundHandler = (message: InboundMessage) => Promise<void>;

/**
 * A way to talk to the assistant.
 *
 * Obligations of an implementer: the platform is acknowledged only after the
 * handler resolved; a rejected handler leaves the message to be delivered
 * again; `send` resolves with the platform's receipt, and rejects with
 * `retryable` true only where the platform surely did not take the message.
 */
export interface Channel {
  readonly capabilities: ChannelCapabilities;
  start(handler: InboundHandler, signal: AbortSignal): Promise<void>;
  send(message: OutboundMessage, signal: AbortSignal): Promise<{ readonly receipt: string }>;
  /** Stops receiving; in-flight handlers finish. Idempotent. */
  close(): Promise<void>;
}
