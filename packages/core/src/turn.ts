import type { Autonomy, Principal } from "./security-policy.ts";
import type { ContentBlock } from "./content.ts";
import type { OmniErrorCode } from "./errors.ts";

/** Bounds of one turn. Reaching one ends the turn in plain words with status `limited`. */
export interface TurnLimits {
  /** Most model calls. */
  readonly maxRounds: number;
  /** Most wall time in milliseconds; waiting for a person does not count. */
  readonly timeoutMs: number;
  /** Most input and output tokens together, as reported or estimated; `Infinity` for no bound. */
  readonly maxTokens: number;
  /** Identical calls that run before the next one is stopped. */
  readonly repeatLimit: number;
  /** Most wall time of one tool call in milliseconds; waiting for a person does not count. */
  readonly toolTimeoutMs: number;
}

/**
 * What becomes of a message while a turn of its session runs. `queue`: a turn
 * of its own, in order. `steer`: the running turn is told of it before its
 * next model call. `collect`: it becomes one turn with all that wait like it.
 * `interrupt`: what runs and waits is cancelled, then it is a turn.
 */
export type QueueMode = "queue" | "steer" | "collect" | "interrupt";

/** A message with everything that decides how its turn may run. It is recorded whole: nothing is derived again after a crash. */
export interface TurnInput {
  readonly turnId: string;
  readonly sessionId: string;
  readonly text: string;
  /** Pictures and files that came with the text. */
  readonly attachments?: readonly ContentBlock[];
  readonly principal: Principal;
  readonly autonomy: Autonomy;
  /** Absolute path. */
  readonly workspace: string;
  /** The entrance: `cli`, `stdio`, `http` or a channel's name. */
  readonly origin: string;
  /** Where the answer is delivered, for a channel: `conversation[:thread]`. Absent where whoever sent it waits for it. */
  readonly conversation?: string;
  /** False where nobody can be asked: every ask is then answered no. */
  readonly interactive: boolean;
  readonly model?: string;
  readonly limits?: Partial<TurnLimits>;
  /** `queue` when absent. */
  readonly mode?: QueueMode;
  /** When it was accepted, Unix milliseconds. */
  readonly at: number;
}

/** `waiting` is a running turn that waits for a person. */
export type TurnStatus = "queued" | "running" | "waiting" | "completed" | "limited" | "failed" | "cancelled";

/** How a turn can end. */
export type TurnEndStatus = Extract<TurnStatus, "completed" | "limited" | "failed" | "cancelled">;

/** How a call ended. `unknown`: it was started and its result was lost, so it may or may not have happened. */
export type ToolCallStatus = "completed" | "failed" | "denied" | "unknown";

/** What is told of a failure: never a stack, a secret or a path of the host. */
export interface TurnError {
  readonly code: OmniErrorCode;
  readonly message: string;
}

/** The end of a turn, as every entrance reports it. */
export interface TurnOutcome {
  readonly status: TurnEndStatus;
  readonly sessionId: string;
  readonly turnId: string;
  readonly output: string;
  readonly rounds: number;
  readonly toolCalls: readonly { readonly name: string; readonly status: ToolCallStatus }[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly error: TurnError | null;
}
