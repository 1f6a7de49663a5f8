import { writeSync } from "node:fs";
import type { TerminalDevice } from "@omni/core";
import type { Terminal } from "./terminal.ts";

/** Where the size of a terminal cannot be told. */
const usual = { columns: 80, rows: 24 };

/** Standard input and output of this process as one terminal. */
export function createProcessDevice(env: Terminal["env"]): TerminalDevice {
  const { stdin, stdout } = process;
  const canMove = env["TERM"] !== "dumb";
  return {
    isTerminal: stdin.isTTY === true && stdout.isTTY === true && canMove,
    hasColors: canMove && (env["NO_COLOR"] ?? "") === "",
    get columns() {
      return stdout.columns > 0 ? stdout.columns : usual.columns;
    },
    get rows() {
      return stdout.rows > 0 ? stdout.rows : usual.rows;
    },
    // The errors of the stream are heard by the output of the same process.
    write: (text) => new Promise((resolve) => void stdout.write(text, () => resolve())),
    read: readInput,
    onResize(changed) {
      // A shell that had stopped the program may have changed the size, and surely the screen.
      stdout.on("resize", changed);
      process.on("SIGCONT", changed);
      return () => {
        stdout.off("resize", changed);
        process.off("SIGCONT", changed);
      };
    },
    takeKeys,
  };
}

/** Keys unechoed and at once; put back when called, or when the process ends however it ends. */
function takeKeys(farewell: string): () => void {
  const { stdin, stdout } = process;
  const take = (): void => {
    try {
      stdin.setRawMode(true);
    } catch {
      // The terminal has gone, and the signal that says so is on its way.
    }
  };
  const putBack = (): void => {
    try {
      writeSync(stdout.fd, farewell);
      stdin.setRawMode(false);
    } catch {
      // The terminal has gone: there is nothing left to put back.
    }
  };
  // What is said of a fault stands on a line of its own, in a terminal that is as it was.
  const giveUp = (): void => {
    stdout.write("\r\n");
    putBack();
  };
  take();
  // After the program was stopped and goes on, the terminal is the shell's way again.
  process.on("SIGCONT", take);
  process.on("exit", putBack);
  process.prependListener("uncaughtException", giveUp).prependListener("unhandledRejection", giveUp);
  return () => {
    process.off("SIGCONT", take);
    process.off("exit", putBack);
    process.off("uncaughtException", giveUp).off("unhandledRejection", giveUp);
    putBack();
  };
}

/** What is typed, until the input ends or the signal is aborted. Afterwards nothing is read any more and the process may end. */
async function* readInput(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  const { stdin } = process;
  const decoder = new TextDecoder();
  const chunks: string[] = [];
  let isOver = signal.aborted;
  let wake = Promise.withResolvers<void>();
  const stir = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const take = (bytes: Buffer): void => {
    chunks.push(decoder.decode(bytes, { stream: true }));
    stir();
  };
  const stop = (): void => {
    isOver = true;
    stir();
  };
  stdin.on("data", take).on("end", stop).on("error", stop).on("close", stop);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const chunk = signal.aborted ? undefined : chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (isOver) return;
      else await wake.promise;
    }
  } finally {
    stdin.off("data", take).off("end", stop).off("close", stop).pause();
    signal.removeEventListener("abort", stop);
  }
}
