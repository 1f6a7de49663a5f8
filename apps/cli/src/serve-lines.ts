import type { JsonObject, JsonValue, TurnOutcome } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import type { Cancellation } from "./cancellation.ts";
import type { Line } from "./line-reader.ts";
import type { Terminal } from "./terminal.ts";
import type { TurnService } from "./turn-service.ts";
import { mostLineBytes, readLines } from "./line-reader.ts";
import { toErrorLine } from "./report-error.ts";

/** Most messages whose answers are not written yet; then no more is read. */
const mostPending = 64;

/** How lines become messages, and outcomes lines. */
export interface LineService {
  readonly turns: Pick<TurnService, "submit" | "cancel">;
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** Everything of a message besides its text; the session of lines that name none. */
  readonly template: Omit<IncomingMessage, "text">;
  readonly cancellation: Cancellation;
}

/** What a line is answered with. */
type Answer = { readonly outcome: TurnOutcome } | { readonly error: OmniError };

/**
 * Answers lines in the order they came, until the input ends, stdout is
 * closed or the end is asked for. Sessions overlap; within one, messages run
 * one after the other. A line that is no message is answered with its error.
 */
export async function serveLines(service: LineService): Promise<void> {
  const { terminal, cancellation } = service;
  const pending: Promise<void>[] = [];
  const lines = readLines(terminal.input);
  let last: Promise<void> = Promise.resolve();
  while (terminal.output.failure === undefined) {
    const next = await untilAsked(lines.next(), cancellation);
    if (next === undefined || next.done === true) break;
    if (!service.isJson && next.value.kind === "line" && next.value.text.trim() === "") continue;
    // Submitted before the next line is read: the order of lines is the order of turns.
    const { answer } = await begin(next.value, service);
    const before = last;
    last = answer.then(async (given) => {
      await before;
      await write(given, service);
    });
    pending.push(last);
    if (pending.length >= mostPending) await untilAsked(pending.shift(), cancellation);
  }
  await Promise.race([last, cancellation.givenUp]);
}

async function begin(line: Line, service: LineService): Promise<{ readonly answer: Promise<Answer> }> {
  const { turns, cancellation } = service;
  try {
    const handle = await turns.submit(toMessage(line, service));
    const forget = cancellation.onAsked(() => void turns.cancel(handle.turnId));
    const answer = handle.outcome.then(
      (outcome): Answer => ({ outcome }),
      (error: unknown): Answer => ({ error: toOmniError(error) }),
    );
    return { answer: answer.finally(forget) };
  } catch (error) {
    return { answer: Promise.resolve({ error: toOmniError(error) }) };
  }
}

/** The work's result, or undefined as soon as the end is asked for. (A race against one long-lived promise would keep every line's result.) */
function untilAsked<T>(work: Promise<T> | undefined, cancellation: Cancellation): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const forget = cancellation.onAsked(() => resolve(undefined));
    Promise.resolve(work).then(resolve, reject).finally(forget);
  });
}

/** Reads a line. Throws `message.too-large`, `message.invalid`. */
function toMessage(line: Line, { isJson, template }: LineService): IncomingMessage {
  if (line.kind === "too-long") throw new OmniError("message.too-large", `The line has more than ${mostLineBytes} bytes and was skipped; put long text into a file of the workspace and name the file.`);
  if (!isJson) return { ...template, text: line.text };
  const value = parseObject(line.text);
  const message = value?.["message"];
  const sessionId = value?.["sessionId"] ?? template.sessionId;
  if (typeof message !== "string" || typeof sessionId !== "string") {
    throw new OmniError("message.invalid", 'The line is not of the form { "message": "…", "sessionId": "…" } with the session optional.');
  }
  return { ...template, text: message, sessionId };
}

async function write(answer: Answer, { terminal, isJson }: LineService): Promise<void> {
  const { output, errors } = terminal;
  if ("error" in answer) {
    const { code, message } = answer.error;
    await output.write(isJson ? `${JSON.stringify({ error: { code, message } })}\n` : "\n");
    if (!isJson) await errors.write(`${toErrorLine(code, message)}\n`);
    return;
  }
  const { outcome } = answer;
  await output.write(isJson ? `${JSON.stringify(outcome)}\n` : `${outcome.output}\n`);
  if (!isJson && outcome.output === "" && outcome.error !== null) await errors.write(`${toErrorLine(outcome.error.code, outcome.error.message)}\n`);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
