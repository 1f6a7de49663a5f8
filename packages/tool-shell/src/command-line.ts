import type { JsonObject } from "@omni/core";
import { toPlainWords } from "./plain-words.ts";

/** Where POSIX systems have their shell, which runs what plain words cannot say. */
export const shell = "/bin/sh";

/**
 * What a call runs: its `argv`; the words of its `command` where it is plain
 * words; else a shell with it. Always an answer, also for arguments that the
 * call itself refuses.
 */
export function toArgv(input: JsonObject): readonly string[] {
  const { argv, command } = input;
  if (Array.isArray(argv) && argv.length > 0) return argv.map((word: unknown) => (typeof word === "string" ? word : JSON.stringify(word)));
  const text = typeof command === "string" ? command : "";
  return toPlainWords(text) ?? [shell, "-c", isLikeOption(text) ? ` ${text}` : text];
}

/** A shell would take such a text for an option of its own. */
function isLikeOption(text: string): boolean {
  return text.startsWith("-") || text.startsWith("+");
}
