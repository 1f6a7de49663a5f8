import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { Place } from "./omni-process.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** How long a screen is waited for, in milliseconds: far longer than anything takes. */
const patienceMs = 30_000;

/** The built program in a terminal that a test types into and reads. */
export interface DrivenTerminal {
  /** Types, as a keyboard sends it. */
  type(text: string): void;
  /** Types a line and Enter. */
  enter(text: string): void;
  /** Pastes, as a terminal does that tells pastes from typing. */
  paste(text: string): void;
  /** What stands on the screen, without trailing spaces and empty lines. */
  screen(): string;
  /** The same with what was scrolled away. */
  all(): string;
  /** Where the cursor is on the screen, and what stands in its line before it. */
  cursor(): { readonly row: number; readonly column: number; readonly before: string };
  /** Resolves once the screen satisfies `test`, or holds the text; rejects with the screen when it does not in time or the program ends first. */
  until(test: string | ((screen: string) => boolean)): Promise<void>;
  /** The same for all that was ever shown. */
  untilAll(test: string | ((all: string) => boolean)): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the window: the terminal is gone. */
  hangUp(): void;
  readonly finished: Promise<{ readonly code: number; readonly signal: number | undefined }>;
  /** Every byte that the program wrote. */
  readonly written: string;
  /** The emulator, for whoever draws its cells. */
  readonly emulator: InstanceType<typeof xterm.Terminal>;
  /** Ends the program if it runs. */
  dispose(): Promise<void>;
}

/** How a terminal is made. */
export interface DrivenTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts the built program in a terminal of its own. */
export function driveOmni(place: Pick<Place, "env" | "workspace">, args: readonly string[], options: DrivenTerminalOptions = {}): DrivenTerminal {
  const size = { cols: options.columns ?? 80, rows: options.rows ?? 24 };
  const emulator = new xterm.Terminal({ ...size, scrollback: 100_000, allowProposedApi: true });
  const { TERM = "xterm-256color", ...env } = options.env ?? {};
  const pty = spawn(process.execPath, ["--conditions=@omni/source", main, ...args], { name: TERM, ...size, cwd: options.cwd ?? place.workspace, env: { ...place.env, ...env } });
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  let written = "";
  let hasEnded = false;
  pty.onData((data) => {
    written += data;
    emulator.write(data, look);
  });
  const finished = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      hasEnded = true;
      emulator.write("", () => resolve({ code: exitCode, signal }));
    });
  });
  const textFrom = (start: number): string => toText(emulator, start);
  const screen = (): string => textFrom(emulator.buffer.active.baseY);
  const wait = createWaiter({ watchers, finished, all: () => textFrom(0) });
  return {
    type: (text) => pty.write(text),
    enter: (text) => pty.write(`${text}\r`),
    paste: (text) => pty.write(`\u001b[200~${text.replaceAll("\n", "\r")}\u001b[201~`),
    screen,
    all: () => textFrom(0),
    cursor() {
      const { cursorX: column, cursorY: row, baseY } = emulator.buffer.active;
      return { row, column, before: emulator.buffer.active.getLine(baseY + row)?.translateToString(false, 0, column) ?? "" };
    },
    until: (test) => wait(screen, test),
    untilAll: (test) => wait(() => textFrom(0), test),
    async resize(columns, rows) {
      await new Promise<void>((resolve) => emulator.write("", resolve));
      emulator.resize(columns, rows);
      pty.resize(columns, rows);
    },
    kill: (signal) => pty.kill(signal),
    hangUp() {
      if ("destroy" in pty && typeof pty.destroy === "function") pty.destroy();
    },
    finished,
    get written() {
      return written;
    },
    emulator,
    async dispose() {
      if (!hasEnded) pty.kill("SIGKILL");
      await finished;
      emulator.dispose();
    },
  };
}

type Test = string | ((text: string) => boolean);

/** Makes what waits for a text to be as a test wants it. */
function createWaiter({ watchers, finished, all }: { readonly watchers: Set<() => void>; readonly finished: Promise<unknown>; all(): string }): (read: () => string, test: Test) => Promise<void> {
  return (read, test) => {
    const isSo = typeof test === "string" ? (text: string) => text.includes(test) : test;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (why: string): void => reject(new Error(`${why}: ${String(test)}\n${read()}\n— all —\n${all()}`));
    const timer = setTimeout(() => fail("it was not shown in time"), patienceMs);
    const watcher = (): void => {
      if (isSo(read())) resolve();
    };
    watchers.add(watcher);
    watcher();
    void finished.then(() => (isSo(read()) ? resolve() : fail("the program ended first")));
    return promise.finally(() => {
      clearTimeout(timer);
      watchers.delete(watcher);
    });
  };
}

function toText(emulator: InstanceType<typeof xterm.Terminal>, start: number): string {
  const { active } = emulator.buffer;
  const lines: string[] = [];
  for (let index = start; index < active.length; index += 1) lines.push(active.getLine(index)?.translateToString(true) ?? "");
  return lines.join("\n").trimEnd();
}
