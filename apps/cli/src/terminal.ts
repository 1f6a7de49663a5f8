import type { TerminalDevice } from "@omni/core";

/** A signal that asks the program to end. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Where text goes. */
export interface Output {
  /** A person looks at it. */
  readonly isTerminal: boolean;
  /** Cells of a line; undefined where it has no width. */
  readonly columns: number | undefined;
  /** Why it takes no more text: `closed` when the reader has gone, else the system's own words. What is written then is dropped. */
  readonly failure: string | undefined;
  /** Resolves when the text was taken or dropped; never rejects. */
  write(text: string): Promise<void>;
}

/** Where bytes come from. Read by one reader at a time. */
export interface Input extends AsyncIterable<Uint8Array> {
  readonly isTerminal: boolean;
}

/** The edge of the process: everything a command may touch of it, so that a test can stand in for it. */
export interface Terminal {
  /** What stands after the program's name. */
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** The folder the command was started in. Throws `workspace.not-found` where it has been removed. */
  cwd(): string;
  /** The person's own folder; undefined where the system knows none. */
  userHome(): string | undefined;
  readonly input: Input;
  readonly output: Output;
  readonly errors: Output;
  /** The same streams as a terminal whose keys come one by one; absent where nothing can be one. */
  device?(): Promise<TerminalDevice>;
  /** The newest handler alone is told; without one the process leaves with 130. Returns how to take it back. */
  onSignal(handler: (signal: EndSignal) => void): () => void;
  /** Calls `body` after so many milliseconds and keeps the process alive until then; returns how to call it off. */
  after(milliseconds: number, body: () => void): () => void;
  /** Ends the process at once, with nothing finished. */
  leave(code: number): void;
}
