import type { ContentBlock } from "./content.ts";
import type { WebhookRequest, WebhookResponse } from "./webhook.ts";

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
 *
 * A channel whose platform comes to it has `receive`, which the gateway calls
 * with what arrives at `/hooks/NAME`. It checks the signature, in constant
 * time and over the bytes as they came, and its freshness where the platform
 * signs a time, before it looks at anything else of the request; what does not
 * fit is answered 401 and handed to nobody. It answers with success only after
 * the handler resolved, so what was accepted is durable. A rejected handler,
 * and every request before `start` and after its end, is answered 503, so that
 * the platform delivers again. A message that comes again is handed over again
 * under the id it had, and answered with success: the handler drops repeats. A
 * challenge, by which a platform makes sure of the address, is answered without
 * the handler. What is signed and cannot be read is answered 400. `receive`
 * rejects only for a defect.
 */
export interface Channel {
  readonly capabilities: ChannelCapabilities;
  start(handler: InboundHandler, signal: AbortSignal): Promise<void>;
  send(message: OutboundMessage, signal: AbortSignal): Promise<{ readonly receipt: string }>;
  /** Takes a request of the platform and says what it is answered. Aborted where nobody waits for the answer any more. */
  receive?(request: WebhookRequest, signal: AbortSignal): Promise<WebhookResponse>;
  /** Stops receiving; in-flight handlers finish. Idempotent. */
  close(): Promise<void>;
}
