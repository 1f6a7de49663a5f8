import type { JsonValue, TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Runtime } from "@omni/runtime";
import { findNearestName } from "@omni/runtime";
import type { CommandBody, CommandCall, CommandContext } from "../command-spec.ts";
import type { OpenRuntime } from "../open-runtime.ts";
import type { Terminal } from "../terminal.ts";
import type { ToolCallReport } from "../tool-call-report.ts";
import type { TurnPrinter } from "../turn-printer.ts";
import { canAsk } from "../answer-asks.ts";
import { exitCodes } from "../exit-codes.ts";
import { mostLineBytes, readAll } from "../line-reader.ts";
import { runMessage } from "../run-message.ts";
import { toErrorLine } from "../report-error.ts";
import { toText } from "../render/progress-line.ts";
import { toSafeTerminalText } from "../render/safe-text.ts";
import { toToolCallReport } from "../tool-call-report.ts";
import { toTurnSettings } from "../turn-settings.ts";
import { withRuntime } from "../open-runtime.ts";

/** `omni tools call`: a turn of its own on the direct path, in a session of its own. */
export const callTool: CommandBody = async (call, context) => {
  const { terminal } = context;
  const [name = "", given] = call.operands;
  const fromInput = given === "-";
  const args = checkArguments(fromInput ? await readAll(terminal.input, mostLineBytes) : (given ?? "{}"));
  return withRuntime(call, context, { kind: "tools" }, async (opened) => {
    await opened.runtime.listed();
    checkTool(name, opened.runtime);
    const outcome = await runCall({ name, args, interactive: !fromInput && canAsk(terminal) }, call, context, opened);
    if (outcome.status === "cancelled") throw new OmniError("turn.cancelled", "The call was cancelled.");
    const report = toToolCallReport(await opened.runtime.store.events(outcome.turnId), outcome);
    await print(report, call, terminal);
    return toExitCode(report);
  });
};

function runCall(
  direct: { readonly name: string; readonly args: string; readonly interactive: boolean },
  call: CommandCall,
  context: CommandContext,
  { runtime, config, host }: OpenRuntime,
): Promise<TurnOutcome> {
  const { name, args, interactive } = direct;
  const message = { text: `${name} ${args}`, sessionId: `cli:${host.random.id()}`, origin: "cli", interactive, ...toTurnSettings(call, config) };
  return runMessage(message, runtime, context.terminal, silent);
}

const silent: TurnPrinter = { next: async () => undefined, end: async () => undefined };

/** The arguments as they were written, once it is sure that they are a JSON object. */
function checkArguments(text: string | undefined): string {
  if (text === undefined) throw new OmniError("message.too-large", `The arguments have more than ${mostLineBytes} bytes.`);
  try {
    const value = JSON.parse(text) as JsonValue;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text.trim();
  } catch (cause) {
    throw new OmniError("usage.invalid", `The arguments are no valid JSON (${cause instanceof Error ? cause.message : String(cause)}); write them as '{"path":"a.txt"}'.`, { cause });
  }
  throw new OmniError("usage.invalid", `The arguments are not a JSON object; write them as '{"path":"a.txt"}'.`);
}

function checkTool(name: string, { tools }: Runtime): void {
  if (tools.find(name) !== undefined) return;
  const nearest = findNearestName(name, tools.list().map(({ tool }) => tool.name));
  const hint = nearest === undefined ? "omni tools list shows those there are." : `Did you mean ${nearest}?`;
  throw new OmniError("tool.unknown", `There is no tool ${JSON.stringify(name.slice(0, 100))}. ${hint}`);
}

function toExitCode({ status }: ToolCallReport): number {
  if (status === "completed") return exitCodes.done;
  return status === "failed" ? exitCodes.failed : exitCodes.refused;
}

async function print(report: ToolCallReport, call: CommandCall, { output, errors }: Terminal): Promise<void> {
  if (call.has("json")) return output.write(`${JSON.stringify(report)}\n`);
  if (report.isError) return errors.write(`${toErrorLine(report.status, report.reason ?? "")}\n`);
  const text = toText(report.content);
  await output.write(`${output.isTerminal ? toSafeTerminalText(text) : text}${text.endsWith("\n") ? "" : "\n"}`);
}
