import type { QueueMode } from "@omni/core";
import type { ChatCommand, CommandDesk } from "./chat-command.ts";
import { queueModes } from "../conversations.ts";

const meanings: Readonly<Record<QueueMode, string>> = {
  queue: "each is a turn of its own, in order",
  steer: "the running turn is told of it before its next model call",
  collect: "all that wait become one turn",
  interrupt: "what runs and waits is stopped for it",
};

/** How a session takes messages while a turn of it runs, in words. */
export async function toModeLine(sessionId: string, { conversations, queueMode }: Pick<CommandDesk, "conversations" | "queueMode">): Promise<string> {
  const { mode: chosen } = await conversations.chosenFor(sessionId);
  const mode = chosen ?? queueMode;
  return `messages while a turn runs: ${mode}${chosen === undefined ? " (the default)" : ""}: ${meanings[mode]}`;
}

/** The mode of a session, kept with it: it holds for everybody who writes there, from any entrance. */
export const queueCommand: ChatCommand = {
  name: "queue",
  usage: "[MODE|default]",
  does: "shows or chooses what becomes of messages while a turn of this session runs",
  effect: "keyed",
  async run({ sessionId, argument }, desk) {
    if (argument === "") return [await toModeLine(sessionId, desk), ...queueModes.map((mode) => `/queue ${mode}: ${meanings[mode]}`)].join("\n");
    const mode = queueModes.find((each) => each === argument.toLowerCase());
    if (mode === undefined && argument !== "default") return `There is no mode ${JSON.stringify(argument.slice(0, 80))}; choose ${queueModes.join(", ")} or default.`;
    await desk.conversations.chooseMode(sessionId, mode);
    return `From now on, ${await toModeLine(sessionId, desk)}.`;
  },
};
