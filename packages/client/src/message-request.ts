import type { Autonomy } from "@omni/core";

/** A message to the gateway. */
export interface MessageRequest {
  /** What the person says, at most 1 MiB. */
  readonly message: string;
  /** Default `http:default`; without a colon it gets the prefix `http:`. Sessions of other entrances take scope `admin`. */
  readonly sessionId?: string;
  readonly model?: string;
  /** False answers every ask with no. Default true. */
  readonly interactive?: boolean;
  /** Takes scope `admin`, as all that follow. */
  readonly autonomy?: Autonomy;
  /** Absolute path on the gateway's machine. */
  readonly workspace?: string;
  /** Most model calls. */
  readonly maxRounds?: number;
  /** Most milliseconds of the turn. */
  readonly timeoutMs?: number;
  /** The entrance that the turn is recorded under, `http` by default. A gateway that does not know the field ignores it. */
  readonly origin?: string;
}

/** The body of `POST /message`. */
export function toMessageBody(request: MessageRequest): string {
  const { message, sessionId, model, interactive, autonomy, workspace, maxRounds, timeoutMs, origin } = request;
  // What is undefined is left out by JSON itself.
  return JSON.stringify({ message, session_id: sessionId, model, interactive, autonomy, workspace, max_rounds: maxRounds, timeout: timeoutMs === undefined ? undefined : timeoutMs / 1_000, origin });
}
