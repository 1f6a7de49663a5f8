import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { Clock, SpawnedProcess } from "@omni/core";
import type { Diagnosis } from "./diagnosis.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { createReplyBacklog } from "./reply-backlog.ts";
import { isJsonList, isJsonObject } from "./json-shape.ts";

/** Longest line a server may write, bytes. A message this long is no tool result that anybody reads. */
const lineBytes = 16_777_216;

/** Time a server has to go by itself once its input is closed, and time its last words may take once it is gone; milliseconds. */
const leaveMs = 500;
const lastWordsMs = 200;

/** What the transport is made from. */
export interface StdioParts {
  readonly clock: Clock;
  readonly diagnosis: Diagnosis;
  /** Starts the process; the signal is aborted when it is wanted no more. */
  readonly start: (signal: AbortSignal) => Promise<SpawnedProcess>;
}

/** The transport with the process behind it. */
export interface StdioTransport extends Transport {
  readonly pid: number | undefined;
  /** Why it ended by itself. */
  readonly reason: string | undefined;
}

interface Life {
  child?: SpawnedProcess;
  reason?: string;
  ending?: Promise<void>;
  /** Resolves once it is known why the process ended, where it did by itself. */
  ended?: Promise<void>;
}

/**
 * Newline-delimited JSON over a process of the host's. What is no message is
 * kept as diagnosis and otherwise ignored; standard error is drained. The end
 * of the process is the end of the transport, also where something it started
 * still holds its output open; the whole group is ended then. A server that
 * asks and does not take the answers is not read until it does.
 */
export function createStdioTransport(parts: StdioParts): StdioTransport {
  const life: Life = {};
  const wanted = new AbortController();
  const backlog = createReplyBacklog();
  const end = (): Promise<void> => (life.ending ??= endLife(life, wanted, parts).finally(() => transport.onclose?.()));
  const fail = (message: string): void => {
    life.reason ??= message;
    void end();
  };
  const transport: StdioTransport = {
    async start() {
      const child = await parts.start(wanted.signal);
      life.child = child;
      const words = readMessages(child, parts.diagnosis, { fail, room: backlog.room, message: (message) => transport.onmessage?.(message) });
      void drain(child.stderr, parts.diagnosis);
      life.ended = watchEnd(child, words, parts.clock).then(fail);
    },
    async send(message) {
      if (life.child === undefined || life.ending !== undefined) throw new Error("Not connected");
      const line = Buffer.from(`${JSON.stringify(message)}\n`);
      const written = life.child.write(line);
      // What we ask is bounded by our calls; what we answer by nothing but this.
      if (!("method" in message)) backlog.add(line.length, written);
      try {
        await written;
      } catch (error) {
        // A process that takes nothing more has ended, or is about to: how it did says more than that.
        await Promise.race([life.ended, pause(parts.clock, leaveMs)]);
        throw error;
      }
    },
    close: end,
    get pid() {
      return life.child?.pid;
    },
    get reason() {
      return life.reason;
    },
  };
  return transport;
}

/** Resolves with the reason once the process or its output has ended; each may be ahead of the other, and the exit says more. */
async function watchEnd(child: SpawnedProcess, words: Promise<void>, clock: Clock): Promise<string> {
  await Promise.race([child.exit, words]);
  const exit = await Promise.race([child.exit, pause(clock, leaveMs).then(() => undefined)]);
  if (exit === undefined) return "it closed its output";
  await Promise.race([words, pause(clock, lastWordsMs)]);
  return `its process ended (${exit.signal === null ? `exit code ${exit.code ?? "unknown"}` : `signal ${exit.signal}`})`;
}

/** Closes the input, which asks a server to go, and ends the group of the process whether it went or not. */
async function endLife({ child }: Life, wanted: AbortController, { clock }: StdioParts): Promise<void> {
  if (child !== undefined) {
    void child.write(undefined).catch(() => undefined);
    await Promise.race([child.exit, pause(clock, leaveMs)]);
    await child.end().catch(() => undefined);
  }
  wanted.abort(new Error("the server is wanted no more"));
}

interface Reader {
  readonly fail: (message: string) => void;
  /** Resolves, a tick later at least, when the next message may be read. */
  readonly room: () => Promise<void>;
  readonly message: (message: JSONRPCMessage) => void;
}

async function readMessages(child: SpawnedProcess, diagnosis: Diagnosis, reader: Reader): Promise<void> {
  const splitter = createLineSplitter(lineBytes);
  try {
    for await (const chunk of child.stdout) {
      for (const line of splitter.push(chunk)) {
        await readLine(line, diagnosis, reader);
      }
      if (splitter.isOverflown) {
        reader.fail(`it wrote a line of more than ${lineBytes} bytes`);
        return;
      }
    }
  } catch (error) {
    diagnosis.error(`its output broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readLine(line: string, diagnosis: Diagnosis, reader: Reader): Promise<void> {
  if (line.trim() === "") return;
  const value = toJson(line);
  const messages = isJsonList(value) ? value : [value];
  if (messages.length === 0 || !messages.every(isMessage)) return diagnosis.output(line);
  for (const message of messages) {
    reader.message(message);
    // The protocol hears a notification one tick later than an answer; without a tick the last word of progress would come after it.
    await reader.room();
  }
}

function toJson(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}

/** True for what has the outline of a message; the protocol looks closer. */
function isMessage(value: unknown): value is JSONRPCMessage {
  return isJsonObject(value) && value["jsonrpc"] === "2.0" && (typeof value["method"] === "string" || "result" in value || "error" in value);
}

async function drain(stream: AsyncIterable<Uint8Array>, diagnosis: Diagnosis): Promise<void> {
  try {
    for await (const chunk of stream) diagnosis.stderr(chunk);
  } catch {
    // Its standard error is of no use any more.
  }
}

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve));
}
