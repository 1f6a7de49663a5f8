import { OmniError } from "@omni/core";
import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import type { OpenTurns } from "../open-turns.ts";
import type { Terminal } from "../terminal.ts";
import { canAsk } from "../answer-asks.ts";
import { createTurnPrinter } from "../turn-printer.ts";
import { mostLineBytes, readAll } from "../line-reader.ts";
import { runMessage } from "../run-message.ts";
import { toTurnExitCode } from "../exit-codes.ts";
import { toTurnSettings } from "../turn-settings.ts";
import { withTurns } from "../open-turns.ts";

/** `omni run`. */
export const run: CommandBody = async (call, context) => {
  const fromInput = call.operands.length === 1 && call.operands[0] === "-";
  const text = fromInput ? await readTask(context.terminal) : call.operands.join(" ");
  const interactive = !fromInput && canAsk(context.terminal);
  return withTurns(call, context, "run", (opened) => {
    const sessionId = call.text("session") ?? `cli:${opened.newId()}`;
    return runText({ text, sessionId, interactive }, call, context, opened);
  });
};

/** Runs one message as a turn and prints it; the exit code of its outcome. */
export async function runText(
  message: { readonly text: string; readonly sessionId: string; readonly interactive: boolean },
  call: CommandCall,
  context: CommandContext,
  opened: Pick<OpenTurns, "config" | "turns">,
): Promise<number> {
  const printer = createTurnPrinter(call, context.terminal);
  const incoming = { ...message, origin: "cli", ...toTurnSettings(call, opened.config) };
  const outcome = await runMessage(incoming, opened.turns, context.terminal, printer);
  await printer.end(outcome);
  return toTurnExitCode(outcome);
}

async function readTask(terminal: Terminal): Promise<string> {
  const text = await readAll(terminal.input, mostLineBytes);
  if (text === undefined) throw new OmniError("message.too-large", `The task on stdin has more than ${mostLineBytes} bytes; put it into a file of the workspace and name the file.`);
  return text.replace(/\r?\n$/, "");
}
