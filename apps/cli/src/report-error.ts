import { isOmniError, toOmniError } from "@omni/core";
import type { Terminal } from "./terminal.ts";
import { logDefect } from "./log-defect.ts";
import { toErrorExitCode } from "./exit-codes.ts";
import { toOneLine } from "./render/safe-text.ts";

/** Tells an error in one line on stderr, for programs also as an object on stdout, and says what to end with. Never a stack: that of a defect goes into the log. */
export async function reportError(error: unknown, terminal: Terminal, isJson: boolean): Promise<number> {
  const { code, message } = toOmniError(error);
  const told = isOmniError(error) ? toOneLine(message) : toDefectText(toOneLine(message), await logDefect(error, terminal));
  if (isJson) await terminal.output.write(`${JSON.stringify({ error: { code, message: told } })}\n`);
  await terminal.errors.write(`${toErrorLine(code, told)}\n`);
  return toErrorExitCode(code);
}

function toDefectText(message: string, log: string | undefined): string {
  return `Something went wrong inside Omni (${message}); ${log === undefined ? "please report it with what you did." : `${log} has the details.`}`;
}

/** The one line that an error is for a person. */
export function toErrorLine(code: string, message: string): string {
  return `omni: ${code}: ${toOneLine(message)}`;
}
