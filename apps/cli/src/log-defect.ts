import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Terminal } from "./terminal.ts";

/**
 * Writes an error that is a defect of Omni, with its stack, into the log of
 * the home, secrets redacted. Resolves with the log's path, or undefined
 * where there is no home yet or it cannot be written: then nothing is.
 */
export async function logDefect(error: unknown, terminal: Terminal): Promise<string | undefined> {
  try {
    const { createHost, toHome } = await import("@omni/runtime");
    const home = toGivenHome(terminal.arguments);
    const cwd = terminal.cwd();
    const path = toHome({ env: terminal.env, cwd, userHome: terminal.userHome() ?? cwd, ...(home === undefined ? {} : { home }) });
    const state = join(path, "state");
    if (!existsSync(state)) return undefined;
    const host = createHost({ paths: { home: path, state, workspace: join(path, "workspace") }, secrets: terminal.env });
    host.log.error("a defect ended a command", { stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    await host.close();
    return join(state, "logs", "omni.log");
  } catch {
    // This is the last resort already: what cannot be logged must not hide the error itself.
    return undefined;
  }
}

function toGivenHome(given: readonly string[]): string | undefined {
  const place = given.findLastIndex((each) => each === "--home" || each.startsWith("--home="));
  const found = given[place];
  return found === "--home" ? given[place + 1] : found?.slice("--home=".length);
}
