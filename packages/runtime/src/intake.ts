import type { CommandDesk } from "./commands/chat-command.ts";
import type { Conversations } from "./conversations.ts";
import type { IncomingMessage, TurnHandle } from "./runtime.ts";
import { checkSessionOwner, toSessionId } from "./session-id.ts";
import { runCommand, toCommand } from "./commands/run-command.ts";

/** Takes a message in from any entrance: a command is answered, anything else becomes a turn of the session its conversation stands in. */
export function createIntake(conversations: Conversations, submit: (message: IncomingMessage) => Promise<TurnHandle>, desk: CommandDesk): (message: IncomingMessage) => Promise<TurnHandle> {
  return async (message) => {
    const conversation = toSessionId(message.sessionId, message.origin);
    const sessionId = await conversations.sessionOf(conversation);
    const command = toCommand(message.text);
    if (command !== undefined) {
      checkSessionOwner(conversation, message.origin, message.principal);
      return runCommand(command, { message, conversation, sessionId }, desk);
    }
    const model = message.model ?? (await conversations.modelOf(sessionId));
    return submit({ ...message, sessionId, ...(model === undefined ? {} : { model }) });
  };
}
