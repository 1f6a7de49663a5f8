import type { CommandDesk } from "./commands/chat-command.ts";
import type { IncomingMessage, TurnHandle } from "./runtime.ts";
import type { KeyedCommands } from "./commands/keyed-commands.ts";
import { checkSessionOwner, toSessionId } from "./session-id.ts";
import { runCommand, toCommand } from "./commands/run-command.ts";

/** Commands that do nothing in the session a conversation stands in: they lead out of one that is somebody else's. */
const leadingOut: ReadonlySet<string> = new Set(["help", "new", "resume"]);

/** Takes a message in from any entrance: a command is answered, anything else becomes a turn of the session its conversation stands in. What the message leaves open is as it was chosen for the session, else as configured. */
export function createIntake(desk: CommandDesk, keyed: KeyedCommands): (message: IncomingMessage) => Promise<TurnHandle> {
  return async (message) => {
    const conversation = toSessionId(message.sessionId, message.origin);
    const chosen = await desk.conversations.of(conversation);
    const { sessionId } = chosen;
    const command = toCommand(message.text);
    if (command !== undefined) {
      checkSessionOwner(conversation, message.origin, message.principal);
      if (!leadingOut.has(command.name)) checkSessionOwner(sessionId, message.origin, message.principal);
      return runCommand(command, { message, conversation, sessionId }, { desk, keyed });
    }
    const model = message.model ?? chosen.model;
    const mode = message.mode ?? chosen.mode ?? desk.queueMode;
    return keyed.hand(message, () => desk.submit({ ...message, sessionId, mode, ...(model === undefined ? {} : { model }) }));
  };
}
