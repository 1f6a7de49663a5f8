import type { EndSignal, Output, Terminal } from "../src/terminal.ts";

/** What a test sets of the edge. */
export interface FakeTerminalOptions {
  readonly arguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | AsyncIterable<Uint8Array>;
  /** True for a person who looks at all three streams. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
}

/** The edge of a process that is not one. */
export interface FakeTerminal extends Terminal {
  out(): string;
  err(): string;
  /** Sends a signal to the newest handler. */
  signal(signal?: EndSignal): void;
  /** What `leave` was called with. */
  readonly left: readonly number[];
  /** Lets every timer that waits run out. */
  runOut(): void;
  /** From now on stdout takes nothing. */
  closeOutput(): void;
}

/** Makes a terminal that keeps what is written and whose time and signals are the test's. */
export function createFakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const isTerminal = options.isTerminal ?? false;
  const output = createFakeOutput(isTerminal, options.columns);
  const errors = createFakeOutput(isTerminal, options.columns);
  const handlers: ((signal: EndSignal) => void)[] = [];
  const timers = new Set<() => void>();
  const left: number[] = [];
  const given = options.input ?? "";
  const bytes = typeof given === "string" ? toBytes(given) : given;
  return {
    arguments: options.arguments ?? [],
    env: options.env ?? {},
    pid: 4242,
    cwd: () => options.cwd ?? "/work",
    userHome: () => "/home/person",
    input: { isTerminal, [Symbol.asyncIterator]: () => bytes[Symbol.asyncIterator]() },
    output: output.output,
    errors: errors.output,
    out: output.text,
    err: errors.text,
    closeOutput: output.close,
    left,
    onSignal(handler) {
      handlers.push(handler);
      return () => handlers.splice(handlers.indexOf(handler), 1);
    },
    after(_, body) {
      timers.add(body);
      return () => timers.delete(body);
    },
    leave: (code) => left.push(code),
    signal: (signal = "SIGINT") => handlers.at(-1)?.(signal),
    runOut() {
      for (const body of [...timers]) body();
      timers.clear();
    },
  };
}

function createFakeOutput(isTerminal: boolean, columns: number | undefined): { readonly output: Output; text(): string; close(): void } {
  let written = "";
  let failure: string | undefined;
  return {
    output: {
      isTerminal,
      columns,
      get failure() {
        return failure;
      },
      async write(text) {
        if (failure === undefined) written += text;
      },
    },
    text: () => written,
    close: () => {
      failure = "closed";
    },
  };
}

async function* toBytes(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield new TextEncoder().encode(text);
}
