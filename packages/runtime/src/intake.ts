import type { QueueMode } from "@omni/core";
import type { CommandDesk } from "./commands/chat-command.ts";
import type { Conversations } from "./conversations.ts";
import type { IncomingMessage, TurnHandle } from "./runtime.ts";
import { checkSessionOwner, toSessionId } from "./session-id.ts";
import { runCommand, toCommand } from "./commands/run-command.ts";

/** Takes a message in from any entrance: a command is answered, anything else becomes a turn of the session its conversation stands in. What the message leaves open is as it was chosen for the session, else as configured. */
export function createIntake(conversations: Conversations, submit: (message: IncomingMessage) => Promise<TurnHandle>, desk: CommandDesk, queueMode: QueueMode): (message: IncomingMessage) => Promise<TurnHandle> {
  return async (message) => {
    const conversation = toSessionId(message.sessionId, message.origin);
    const chosen = await conversations.of(conversation);
    const { sessionId } = chosen;
    const command = toCommand(message.text);
    if (command !== undefined) {
      checkSessionOwner(conversation, message.origin, message.principal);
      return runCommand(command, { message, conversation, sessionId }, desk);
    }
    const model = message.model ?? chosen.model;
    const mode = message.mode ?? chosen.mode ?? queueMode;
    return submit({ ...message, sessionId, mode, ...(model === undefined ? {} : { model }) });
  };
}
