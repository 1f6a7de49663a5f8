import { OmniError } from "@omni/core";
import type { CommandBody } from "../command-spec.ts";
import { canAsk } from "../answer-asks.ts";
import { runText } from "./run.ts";
import { withTurns } from "../open-turns.ts";

/** `omni agent`: one message with `-m`, a chat in a terminal, lines elsewhere. */
export const agent: CommandBody = async (call, context) => {
  const sessionId = call.text("session") ?? "cli:default";
  const text = call.text("message");
  if (text === undefined && call.has("json")) throw new OmniError("usage.invalid", "A chat has no --json; add -m TEXT for one message, or use omni stdio --json.");
  return withTurns(call, context, "agent", async (opened) => {
    const { terminal } = context;
    if (text !== undefined) return runText({ text, sessionId, interactive: canAsk(terminal) }, call, context, opened);
    const device = await terminal.device?.();
    if (device?.isTerminal === true) return (await import("../agent/chat.ts")).chat({ call, context, opened, sessionId }, device);
    return (await import("../agent/plain-chat.ts")).plainChat({ call, context, opened, sessionId });
  });
};
