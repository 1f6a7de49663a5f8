import type { Channel, WebhookRequest } from "@omni/core";

/** A message that somebody writes on the fake platform. */
export interface PlacedMessage {
  /** The case's own name of the message; the same name again is the same message delivered again. */
  readonly id: string;
  readonly text: string;
  /** The case's own name of a conversation, written by the place as the wire has it. */
  readonly conversation: string;
  /** A thread of the conversation; only cases of the ability `threads` name one. */
  readonly thread?: string;
  /** Who writes: the id that never changes, and the name that may. */
  readonly sender: { readonly id: string; readonly name: string };
  /** Unix milliseconds, a whole second. */
  readonly at: number;
}

/** A message as the people on the fake platform see it now. */
export interface SentMessage {
  /** The case's own names, as in `PlacedMessage`. */
  readonly conversation: string;
  readonly thread?: string;
  /** As it is read, after edits: what the wire escapes is written out. */
  readonly text: string;
  readonly buttons: readonly { readonly label: string; readonly value: string }[];
}

/**
 * How the platform meets the next send: `refused`, it did not take the
 * message and may later (too many requests); `forbidden`, it did not and
 * never will (the conversation is gone); `lost`, it took the message and the
 * answer never came; `stalled`, it neither takes it nor answers.
 */
export type SendFault = "refused" | "forbidden" | "lost" | "stalled";

/**
 * How a request is signed: `good`, as the platform signs it now; `unsigned`,
 * not at all; `forged`, with another secret than the channel's; `stale`, as
 * the platform signed it longer ago than the channel takes.
 */
export type WebhookSigning = "good" | "unsigned" | "forged" | "stale";

/** A platform that comes to the channel, as it writes its requests. */
export interface WebhookPlace {
  /** What delivers a message. */
  bodyOf(message: PlacedMessage): Uint8Array;
  /** A request with this body; `stale` is asked for by the ability `signed-times` only. */
  request(body: Uint8Array, signing: WebhookSigning): WebhookRequest;
  /** How the platform makes sure of the address, and the body it wants to be answered; needed by the ability `challenges`. */
  challenge?(signing: WebhookSigning): { readonly request: WebhookRequest; readonly answer: string };
}

/**
 * Where a channel meets its platform. The kit cannot know a platform's wire,
 * so the implementation's own test brings a fake one.
 */
export interface ChannelPlace {
  /** A new channel of this platform, not started; an earlier one may have been closed. */
  create(): Promise<Channel>;
  /**
   * The platform hands a message to the channel that receives now. Resolves
   * once the platform was told that it arrived (`acknowledged`), or knows
   * that it has to deliver it again (`kept`). It delivers it again only when
   * this is called again. May stay open where nothing receives.
   */
  deliver(message: PlacedMessage): Promise<"acknowledged" | "kept">;
  /** What the platform shows, in the order in which it came. */
  sent(): readonly SentMessage[];
  /** Needed by the ability `webhooks`. */
  readonly webhook?: WebhookPlace;
  /** The next send meets this; needed by the ability `faults`. */
  failNext(fault: SendFault): void;
  /** Lets time go by: timers of the channel fire, and what is on its way arrives. Where there is real input and output, that is real time. */
  elapse(milliseconds: number): Promise<void>;
  /** Stops the platform. Every channel made here is closed by then. */
  dispose(): Promise<void>;
}
