import type { TurnInput } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import type { Emit } from "./model-reply.ts";
import type { RepeatGuard } from "./repeat-guard.ts";
import type { TurnJournal } from "./turn-journal.ts";

/** One attempt at a turn: what every phase of it needs. */
export interface TurnRun {
  readonly input: TurnInput;
  readonly parts: AgentParts;
  readonly journal: TurnJournal;
  readonly emit: Emit;
  readonly guard: RepeatGuard;
  /** Most tokens of a request. */
  readonly budget: number;
  /** Aborted on cancel, on a limit and when nobody reads the events any more. */
  readonly signal: AbortSignal;
  /** True when the process is going down and the turn must be left for the next start as it is. */
  isParked(): boolean;
  /** Stops the turn's time while a person is waited for. */
  pause(): void;
  resume(): void;
}
