import { homedir } from "node:os";
import { OmniError } from "@omni/core";
import type { EndSignal, Output, Terminal } from "./terminal.ts";
import { exitCodes } from "./exit-codes.ts";

const endSignals: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The real process as a terminal. Signals are taken from here on. */
export function createProcessTerminal(): Terminal {
  const handlers: ((signal: EndSignal) => void)[] = [];
  for (const signal of endSignals) {
    process.on(signal, () => {
      const newest = handlers.at(-1);
      if (newest === undefined) process.exit(exitCodes.cancelled);
      newest(signal);
    });
  }
  return {
    arguments: process.argv.slice(2),
    env: process.env,
    pid: process.pid,
    cwd: currentFolder,
    userHome: ownFolder,
    input: { isTerminal: process.stdin.isTTY === true, [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array> },
    output: createOutput(process.stdout),
    errors: createOutput(process.stderr),
    device: async () => (await import("./process-device.ts")).createProcessDevice(process.env),
    onSignal(handler) {
      handlers.push(handler);
      return () => {
        const place = handlers.lastIndexOf(handler);
        if (place !== -1) handlers.splice(place, 1);
      };
    },
    after(milliseconds, body) {
      const timer = setTimeout(body, milliseconds);
      return () => clearTimeout(timer);
    },
    leave: (code) => process.exit(code),
  };
}

/** A stream whose end is a fact to be read, never an exception: a reader that goes away must not break a turn. */
function createOutput(stream: NodeJS.WriteStream): Output {
  let failure: string | undefined;
  const fail = (error: NodeJS.ErrnoException): void => {
    // A terminal that was closed answers like a broken device.
    const isClosed = error.code === "EPIPE" || error.code === "ECONNRESET" || (error.code === "EIO" && stream.isTTY === true);
    failure ??= isClosed ? "closed" : error.message;
  };
  stream.on("error", fail);
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
    },
    get failure() {
      return failure;
    },
    write: (text) =>
      new Promise((resolve) => {
        if (failure !== undefined || text === "") return resolve();
        stream.write(text, (error) => {
          if (error) fail(error);
          resolve();
        });
      }),
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new OmniError("workspace.not-found", "The folder this command was started in no longer exists; change to another one.", { cause });
  }
}

function ownFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
