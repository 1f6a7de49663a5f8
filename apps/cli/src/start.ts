import type { Terminal } from "./terminal.ts";
import { createProcessTerminal } from "./process-terminal.ts";
import { exitCodes } from "./exit-codes.ts";
import { keepCompiled } from "./compile-cache.ts";
import { reportError } from "./report-error.ts";
import { runCommandLine, wantsJson } from "./command-line.ts";

/** Longest time a timer of the platform can hold, milliseconds. */
const longestTimer = 2_147_483_647;

/** Runs the command line in this process and ends it. */
export async function start(version: string): Promise<void> {
  const terminal = createProcessTerminal();
  process.on("uncaughtException", (error) => void crash(error, terminal));
  process.on("unhandledRejection", (reason) => void crash(reason, terminal));
  keepCompiled(terminal);
  // The clock's timers hold no process, and a turn may wait for nothing else: this one holds it until its end is chosen.
  setInterval(() => undefined, longestTimer);
  const code = await runCommandLine(terminal, version);
  process.exit(code);
}

/** The last resort: one line, and an end. What was accepted is on disk and is taken up by the next start. */
async function crash(error: unknown, terminal: Terminal): Promise<void> {
  await reportError(error, terminal, wantsJson(terminal.arguments));
  process.exit(exitCodes.failed);
}
