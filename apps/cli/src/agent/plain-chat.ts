import { isOmniError, OmniError } from "@omni/core";
import type { ChatParts } from "./chat-parts.ts";
import type { Terminal } from "../terminal.ts";
import { canAsk } from "../answer-asks.ts";
import { exitCodes } from "../exit-codes.ts";
import { isLeaving } from "./is-leaving.ts";
import { readLines } from "../line-reader.ts";
import { reportError } from "../report-error.ts";
import { runText } from "../commands/run.ts";

/**
 * A chat without keys: a line is a message, and the next one is read when it
 * was answered. Ends with 0 at the end of the input; a message that fails is
 * a line on stderr, and one that a signal cancels ends the chat with 130.
 */
export async function plainChat({ call, context, opened, sessionId }: ChatParts): Promise<number> {
  const { terminal } = context;
  const lines = readLines(terminal.input);
  // An ask is answered from the same lines, so both read them here.
  const own = { ...context, terminal: withLines(terminal, lines) };
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const line = next.value;
    if (line.kind === "line" && line.text.trim() === "") continue;
    if (line.kind === "line" && isLeaving(line.text)) break;
    try {
      if (line.kind === "too-long") throw new OmniError("message.too-large", "A line is longer than a message may be; put it into a file of the workspace and name the file.");
      const code = await runText({ text: line.text, sessionId, interactive: canAsk(terminal) && terminal.output.isTerminal }, call, own, opened);
      if (code === exitCodes.cancelled) return code;
    } catch (error) {
      if (!isOmniError(error)) throw error;
      await reportError(error, terminal, false);
    }
  }
  return exitCodes.done;
}

function withLines(terminal: Terminal, lines: ReturnType<typeof readLines>): Terminal {
  const encoder = new TextEncoder();
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const { value, done } = await lines.next();
    return done === true ? { value: undefined, done } : { value: encoder.encode(`${value.kind === "line" ? value.text : ""}\n`), done: false };
  };
  return { ...terminal, input: { isTerminal: terminal.input.isTerminal, [Symbol.asyncIterator]: () => ({ next }) } };
}
