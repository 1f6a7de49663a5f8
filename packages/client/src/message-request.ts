import type { Autonomy } from "@omni/core";

/** A message to the gateway. */
export interface MessageRequest {
  /** What the person says, at most 1 MiB. */
  readonly message: string;
  /** Default `http:default`; without a colon it gets the prefix `http:`. Sessions of other entrances take scope `admin`. */
  readonly sessionId?: string;
  readonly model?: string;
  /** What becomes of it while a turn of the session runs. Default as chosen for the session with /queue, else agent.queueMode. */
  readonly mode?: "queue" | "steer" | "collect" | "interrupt";
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
  return JSON.stringify(toMessageFields(request));
}

/** Its fields by their names on the wire; what is undefined is left out by JSON itself. */
export function toMessageFields(request: MessageRequest): object {
  const { message, sessionId, model, mode, interactive, autonomy, workspace, maxRounds, timeoutMs, origin } = request;
  return { message, session_id: sessionId, model, mode, interactive, autonomy, workspace, max_rounds: maxRounds, timeout: timeoutMs === undefined ? undefined : timeoutMs / 1_000, origin };
}
