import { OmniError } from "@omni/core";
import type { Terminal } from "./terminal.ts";
import { canAsk } from "./answer-asks.ts";
import { readLines } from "./line-reader.ts";

/** Asks a person whether they mean it. Throws `usage.invalid` where nobody can be asked. */
export async function confirmErasing(question: string, terminal: Terminal): Promise<boolean> {
  if (!canAsk(terminal)) throw new OmniError("usage.invalid", "Erasing cannot be undone and nobody can be asked here; add --yes to mean it.");
  await terminal.errors.write(question);
  const { value, done } = await readLines(terminal.input).next();
  return done !== true && value.kind === "line" && /^\s*y(es)?\s*$/i.test(value.text);
}
