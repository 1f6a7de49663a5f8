import type { OmniErrorCode, TurnOutcome } from "@omni/core";

/** What the process ends with. */
export const exitCodes = {
  /** Completed, or limited: there is an answer. */
  done: 0,
  /** The turn or the check failed. */
  failed: 1,
  /** A wrong command, flag, argument or configuration: nothing was begun. */
  usage: 2,
  /** The policy refused. */
  refused: 3,
  /** Another gateway holds this home. */
  held: 4,
  cancelled: 130,
} as const;

/** Errors whose mend is another command line or another configuration. */
const usageCodes: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>([
  "usage.invalid",
  "config.invalid",
  "config.missing-variable",
  "config.unknown-implementation",
  "config.bad-module",
  "home.unwritable",
  "workspace.not-found",
  "message.empty",
  "message.too-large",
  "message.invalid",
  "session.invalid",
  "session.not-found",
  "turn.not-found",
  "tool.unknown",
  "tool.invalid-arguments",
  "gateway.bind",
]);

const refusedCodes: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["session.foreign", "auth.forbidden", "tool.denied"]);

/** The exit code of an error that ended a command. */
export function toErrorExitCode(code: OmniErrorCode): number {
  if (usageCodes.has(code)) return exitCodes.usage;
  if (refusedCodes.has(code)) return exitCodes.refused;
  if (code === "home.held") return exitCodes.held;
  return code === "turn.cancelled" ? exitCodes.cancelled : exitCodes.failed;
}

/** The exit code of a turn. One that a hook vetoed before its first round was refused at its start. */
export function toTurnExitCode(outcome: TurnOutcome): number {
  switch (outcome.status) {
    case "completed":
    case "limited":
      return exitCodes.done;
    case "cancelled":
      return exitCodes.cancelled;
    case "failed":
      return outcome.error?.code === "turn.vetoed" && outcome.rounds === 0 ? exitCodes.refused : exitCodes.failed;
  }
}
