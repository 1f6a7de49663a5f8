import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startProgram } from "./gateway-process.ts";

/** System calls by which a file comes to hold something, or goes. */
const changing = "fsync,fdatasync,pwrite64,pwritev,ftruncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat";

/** Where every file of the process counts, plain writes do not: those by which its threads wake each other are never the same twice. */
const toCalls = (home: string | undefined): string => (home === undefined ? changing : `${changing},write`);

/** Files of the state folder whose writes are counted: the databases with their logs, and what the gateway says of itself. */
function toPaths(home: string): readonly string[] {
  const names = ["omni.db", "omni.db-wal", "omni.db-shm", "omni.db-journal", "memory.db", "memory.db-wal", "lock.db", "gateway.json"];
  return names.flatMap((name) => ["-P", join(home, "state", name)]);
}

/** Why no program can be traced here; undefined where it can. */
export async function whyNoTracer(): Promise<string | undefined> {
  try {
    // Not only whether it starts: a tracer that kills nothing would keep every promise.
    const tracer = toTracer({ log: "/dev/null", inject: "signal=KILL:when=1" });
    const { signal, code, stderr } = await startProgram({ command: [...tracer, process.execPath, "-e", "require('node:fs').unlinkSync('/nothing-of-the-kind')"], cwd: "/", env: { PATH: process.env["PATH"] ?? "" } }).ended;
    return signal === "SIGKILL" ? undefined : `strace cannot kill here (${code}): ${stderr.trim().split("\n").at(-1)}`;
  } catch {
    return "strace is not installed (apt-get install strace)";
  }
}

/** What a tracer does to the calls it counts. */
export interface Injection {
  /** The home whose state folder is watched; absent for every file of the process. */
  readonly home?: string;
  /** Where the calls are written down. */
  readonly log: string;
  /** `signal=KILL:when=7`, `error=ENOSPC:when=7..20`; absent counts alone. */
  readonly inject?: string;
}

/** The words in front of a command line that is traced. */
export function toTracer({ home, log, inject }: Injection): readonly string[] {
  const paths = home === undefined ? [] : toPaths(home);
  // The tracer counts each thread on its own: where any of four may do the next write, the k-th of one is never the same.
  const oneThread = home === undefined ? ["-E", "UV_THREADPOOL_SIZE=1"] : [];
  return ["strace", "-f", ...oneThread, "-qq", "-o", log, "-e", `trace=${toCalls(home)}`, "-e", "signal=none", ...paths, ...(inject === undefined ? [] : ["-e", `inject=${toCalls(home)}:${inject}`])];
}

/** How many calls were counted: of the thread with the most, since the tracer counts each on its own. */
export async function countCalls(log: string): Promise<number> {
  return countLines(log, /^\d+ +[a-z0-9]+\(/);
}

/** How many calls were made to fail: of the thread with the most. */
export async function countInjected(log: string): Promise<number> {
  return countLines(log, /\(INJECTED\)/);
}

async function countLines(log: string, wanted: RegExp): Promise<number> {
  const lines = (await readFile(log, "utf8")).split("\n").filter((line) => wanted.test(line));
  return Math.max(0, ...[...Map.groupBy(lines, (line) => line.split(" ")[0]).values()].map((own) => own.length));
}
