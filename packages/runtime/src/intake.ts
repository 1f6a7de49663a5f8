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
    const sessionId = await conversations.sessionOf(conversation);
    const command = toCommand(message.text);
    if (command !== undefined) {
      checkSessionOwner(conversation, message.origin, message.principal);
      return runCommand(command, { message, conversation, sessionId }, desk);
    }
    const model = message.model ?? (await conversations.modelOf(sessionId));
    const mode = message.mode ?? (await conversations.modeOf(sessionId)) ?? queueMode;
    return submit({ ...message, sessionId, mode, ...(model === undefined ? {} : { model }) });
  };
}
