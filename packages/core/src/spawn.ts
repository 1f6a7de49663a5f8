import type { Containment } from "./sandbox.ts";

/** A process to start. No shell is involved: `argv[0]` is the program. */
export interface SpawnRequest {
  readonly argv: readonly string[];
  /** Absolute path. */
  readonly cwd: string;
  /** The whole environment of the child, but for the mark by which the host finds what it leaves behind: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface SpawnExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running process in a group of its own. */
export interface SpawnedProcess {
  readonly pid: number;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Writes to its standard input; `undefined` closes it. */
  write(chunk: Uint8Array | undefined): Promise<void>;
  readonly exit: Promise<SpawnExit>;
  /** Ends the whole group: SIGTERM, then SIGKILL after `graceMs`. */
  end(graceMs?: number): Promise<void>;
}

/** The one process start, the sandbox inside. */
export interface Spawn {
  start(request: SpawnRequest, options: { readonly signal: AbortSignal; readonly containment?: Containment }): Promise<SpawnedProcess>;
}
