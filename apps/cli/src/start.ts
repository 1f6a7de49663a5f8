import type { Terminal } from "./terminal.ts";
import { createProcessTerminal } from "./process-terminal.ts";
import { exitCodes } from "./exit-codes.ts";
import { keepCompiled } from "./compile-cache.ts";
import { reportError } from "./report-error.ts";
import { runCommandLine, wantsJson } from "./command-line.ts";

/** Runs the command line in this process and ends it. */
export async function start(version: string): Promise<void> {
  const terminal = createProcessTerminal();
  process.on("uncaughtException", (error) => void crash(error, terminal));
  process.on("unhandledRejection", (reason) => void crash(reason, terminal));
  keepCompiled(terminal);
  const code = await runCommandLine(terminal, version);
  process.exit(code);
}

/** The last resort: one line, and an end. What was accepted is on disk and is taken up by the next start. */
async function crash(error: unknown, terminal: Terminal): Promise<void> {
  await reportError(error, terminal, wantsJson(terminal.arguments));
  process.exit(exitCodes.failed);
}
