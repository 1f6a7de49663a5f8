import type { DurableEvent } from "@omni/core";

/**
 * What the assistant said in a turn besides its output, in order: its words
 * beside calls, and those of a turn that ended without any more. An output
 * that begins with its last words, as that of a turn which reached a limit
 * does, has them already.
 */
export function toSaidBeside(events: readonly DurableEvent[], output: string): readonly string[] {
  const said = events.flatMap((event) => (event.type === "model-reply" && event.text.trim() !== "" ? [event.text] : []));
  const last = said.at(-1);
  return last !== undefined && output.startsWith(last.trimEnd()) ? said.slice(0, -1) : said;
}
