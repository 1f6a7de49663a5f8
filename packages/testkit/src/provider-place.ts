import type { FinishReason, JsonObject, Provider, Usage } from "@omni/core";

/** What can go wrong at an endpoint, in words that fit any wire. */
export type ProviderFault =
  | "unreachable"
  | "unauthorised"
  | "not-found"
  | "rate-limited"
  | "unavailable"
  | "bad-response"
  | "context-too-long"
  | "refused"
  /** The connection breaks before the reply's end. */
  | "cut";

/** A call that the endpoint's model makes. */
export interface PlacedCall {
  /** Position of the tool in the request; the place writes its name as the wire has it. */
  readonly tool: number;
  /** Raw text, sent as it is. */
  readonly arguments: string;
  /** The id on the wire; the place makes one up where it is absent. */
  readonly id?: string;
}

/** What an endpoint answers to one request: deltas first, then a fault or a stall, else calls and the end. */
export interface PlacedReply {
  readonly text?: readonly string[];
  readonly reasoning?: readonly string[];
  readonly toolCalls?: readonly PlacedCall[];
  /** `tool-calls` where there are calls, else `stop`. */
  readonly finish?: FinishReason;
  /** `false` where the endpoint says nothing; negative numbers as a broken endpoint sends them. */
  readonly usage?: Pick<Usage, "inputTokens" | "outputTokens"> | false;
  /** Happens after the deltas; with calls, in the middle of them. */
  readonly fault?: ProviderFault;
  /** After the deltas the endpoint sends nothing more and keeps the connection open. */
  readonly stall?: boolean;
}

/** A request as the endpoint got it. */
export interface PlacedRequest {
  /** The model asked for. */
  readonly model: string | undefined;
  /** Everything that was sent, as JSON of whatever shape. */
  readonly body: JsonObject;
  /** Resolves when the exchange is over: the reply was taken whole, or broken off. */
  readonly closed: Promise<"sent" | "broken">;
}

/**
 * Where a provider meets its endpoint. The kit cannot know a vendor's wire,
 * so the implementation's own test brings it: a fake endpoint that answers
 * what the case scripts, and tells what it was asked. Waiting between tries
 * must cost no real time there.
 */
export interface ProviderPlace {
  /** A provider of this endpoint, asking again at least once where that may help. */
  create(): Promise<Provider>;
  /** What the endpoint answers from now on, a reply a model call, in order. */
  script(replies: readonly PlacedReply[]): void;
  /** The model calls that reached the endpoint, in order; a retry is one more. */
  requests(): readonly PlacedRequest[];
  /** Stops the endpoint. Every provider made here is closed by then. */
  dispose(): Promise<void>;
}

/** A provider of a place that is just what it is: for implementations without an endpoint, whose cases with abilities are skipped. */
export function toProviderPlace(create: () => Provider | Promise<Provider>): ProviderPlace {
  return { create: async () => create(), script: () => undefined, requests: () => [], dispose: async () => undefined };
}
