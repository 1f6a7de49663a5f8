import type { Autonomy, ContentBlock, Log, Memory, ModelInfo, OmniError, Principal, QueueMode, Store, TurnLimits, TurnOutcome, TurnRecord, HostPaths, WebhookRequest, WebhookResponse } from "@omni/core";
import type { AccessTokens } from "./access-tokens.ts";
import type { ChannelStatus } from "./channels/channel-life.ts";
import type { LiveEvent } from "./turn-stream.ts";
import type { OpenAsk, Reply } from "./ask-desk.ts";
import type { ToolRegistry } from "./tool-registry.ts";

/** A message on its way in, from any entrance. */
export interface IncomingMessage {
  /** In full, or without the entrance's prefix. */
  readonly sessionId: string;
  readonly text: string;
  readonly attachments?: readonly ContentBlock[];
  readonly principal: Principal;
  /** The entrance: `cli`, `stdio`, `http` or a channel's name. */
  readonly origin: string;
  /** Where the answer is delivered, for a channel; see `TurnInput.conversation`. */
  readonly conversation?: string;
  /** False where nobody can be asked. */
  readonly interactive: boolean;
  /** Absolute path; the configured workspace when absent. */
  readonly workspace?: string;
  readonly autonomy?: Autonomy;
  readonly model?: string;
  readonly limits?: Partial<TurnLimits>;
  /** What becomes of it while a turn of its session runs; as chosen for the session when absent, else as configured. */
  readonly mode?: QueueMode;
  /** Unique per origin; made when absent. A repeat joins the turn that is there. */
  readonly platformId?: string;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
}

/** A turn somebody waits for. */
export interface TurnHandle {
  readonly turnId: string;
  readonly sessionId: string;
  /** True when this very message had been accepted before. */
  readonly isRepeat: boolean;
  /** True for a chat command: it is answered already, and the store knows no turn of this id. */
  readonly isCommand: boolean;
  /** Resolves with the end of the turn; rejects when it cannot be brought to one here (the store fails, the process goes down). */
  readonly outcome: Promise<TurnOutcome>;
  /** Live events after the one with this id. */
  events(afterId?: string, signal?: AbortSignal): AsyncIterable<LiveEvent>;
}

/** Everything between an entrance and the loop. Every front end is made of one of these. */
export interface Runtime {
  readonly paths: HostPaths;
  readonly log: Log;
  readonly store: Store;
  /** What first showed that the store is damaged (`store.corrupt`); undefined while nothing has in this process. */
  storeFault(): OmniError | undefined;
  readonly tools: ToolRegistry;
  /** Undefined where it is turned off. */
  readonly memory: Memory | undefined;
  /** The model of turns that name none. Throws `provider.*`. */
  defaultModel(signal: AbortSignal): Promise<ModelInfo>;
  /** Starts the servers of the configuration, as the first turn does, and resolves when every one has listed its tools, or has had its time to. */
  listed(): Promise<void>;
  /** Turns a session's window can hold; `Infinity` where there is no bound. */
  readonly windowCapacity: number;
  readonly tokens: AccessTokens;
  /** Faults of the configuration that did not stop the start. */
  readonly warnings: readonly string[];
  /**
   * Takes a message. A chat command (`/status`) is answered at once and is no
   * turn. Otherwise, when this resolves the message is durable and will be brought to one
   * ending. Throws `message.*`, `session.*`, `workspace.not-found`,
   * `request.mismatch`, `request.too-many`, `gateway.draining`, `store.*`; then nothing was taken.
   */
  submit(message: IncomingMessage): Promise<TurnHandle>;
  /** A turn that runs or ran in this process. */
  follow(turnId: string): TurnHandle | undefined;
  /** The turn that a message under its idempotency key was taken for; undefined where there is none. Takes nothing in. */
  find(message: IncomingMessage): Promise<TurnHandle | undefined>;
  turn(turnId: string): Promise<TurnRecord | undefined>;
  /** Stops a turn of this process, or one that still waits in the store; false when neither. */
  cancel(turnId: string): Promise<boolean>;
  asks(): readonly OpenAsk[];
  /** Answers an ask; see `AskDesk.answer` for its errors. */
  answer(askId: string, reply: Reply, principal: Principal): Promise<void>;
  /** Subscribes to asks that open or close. */
  onAsks(changed: () => void): () => void;
  /**
   * Erases a session everywhere: transcript, kept texts, what is remembered
   * and summed up of it. False when there was none. Throws `session.busy`
   * while a turn of it has not ended.
   */
  deleteSession(sessionId: string): Promise<boolean>;
  /** Lets a session start afresh: its next turn sees nothing of those before. The transcript stays, and what is remembered. Throws `session.busy` where it is being summed up all the time. */
  resetSession(sessionId: string): Promise<void>;
  /** Takes up every turn that a dead process left; resolves with how many. They run in the background. */
  recover(): Promise<number>;
  /** Starts every channel, in the background: one that cannot be started is tried again, and costs itself only. `warn` is told of each that stays out because its configuration is at fault. For the process that holds the home. */
  startChannels(warn?: (warning: string) => void): void;
  channels(): readonly ChannelStatus[];
  /**
   * Has the channel of this name answer a request of its platform. Rejects
   * with `request.not-found` where there is none that takes requests, with
   * `gateway.draining` once no messages are taken, and with `channel.failed`,
   * retryable, while it does not receive, works on too many, or takes longer
   * than 10 s.
   */
  receive(channel: string, request: WebhookRequest): Promise<WebhookResponse>;
  /** Takes the home for this process, for life. Throws `home.held` naming the holder's pid. */
  holdHome(info: { readonly pid: number }): Promise<void>;
  /** Subscribes to the loss of the home to another process, on a store whose locks are leases; returns how to unsubscribe. Whoever hears of it ends. */
  onHomeLost(lost: (error: OmniError) => void): () => void;
  /** Refuses new messages, also from channels, lets running turns end for at most `timeoutMs`, then parks them for the next start. */
  drain(timeoutMs: number): Promise<void>;
  /** Resolves when no earlier turns are being summed up: the end of this process would break that off, and the next one begin it again. */
  rest(): Promise<void>;
  /** Parks what still runs and frees everything, in reverse order of making. Idempotent. */
  close(): Promise<void>;
}
