import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import type { Terminal } from "./terminal.ts";

/**
 * Lets Node keep what it compiles of the program in the state folder of the
 * home, which saves some ten milliseconds a start. The folder must be there
 * already: it is the owner's alone, so nobody else can put code into it.
 */
export function keepCompiled(terminal: Pick<Terminal, "arguments" | "env" | "userHome">): void {
  const home = toStatedHome(terminal.arguments) ?? terminal.env["OMNI_HOME"] ?? join(terminal.userHome() ?? "/", ".omni");
  const state = join(home, "state");
  if (existsSync(state)) enableCompileCache(join(state, "compile-cache"));
}

/** The value of `--home`, read ahead of the real parsing: a wrong guess costs speed, nothing else. */
function toStatedHome(given: readonly string[]): string | undefined {
  const joined = given.find((each) => each.startsWith("--home="));
  if (joined !== undefined) return joined.slice("--home=".length);
  const index = given.indexOf("--home");
  return index === -1 ? undefined : given[index + 1];
}
