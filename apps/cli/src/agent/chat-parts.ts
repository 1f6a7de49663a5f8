import type { CommandCall, CommandContext } from "../command-spec.ts";
import type { OpenTurns } from "../open-turns.ts";

/** What a chat is made from. */
export interface ChatParts {
  readonly call: CommandCall;
  readonly context: CommandContext;
  readonly opened: OpenTurns;
  /** The conversation. */
  readonly sessionId: string;
}
