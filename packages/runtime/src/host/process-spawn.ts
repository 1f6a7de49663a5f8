import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Containment, Log, Sandbox, Spawn, SpawnedProcess, SpawnExit, SpawnRequest } from "@omni/core";
import { OmniError, toOmniError } from "@omni/core";
import type { GuardProcess } from "./group-guard.ts";
import type { ProcessGroup } from "./process-group.ts";
import { createGroupGuard, toGuardArgv } from "./group-guard.ts";
import { createProcessGroup } from "./process-group.ts";
import { markVariable } from "./marked-processes.ts";
import { systemProcesses, toLaterProcesses } from "./process-table.ts";

/** Time between the polite and the final end of a group, milliseconds. */
const defaultGraceMs = 2_000;

/** How often an ending group is looked at, milliseconds. */
const pollMs = 20;

/** How long the operating system may take to bury a killed group, milliseconds. */
const burialMs = 500;

/** The process start, with its end. */
export interface ProcessSpawn extends Spawn {
  /** Ends every group that still runs. */
  close(): Promise<void>;
}

/** What processes are started with. */
export interface ProcessSpawnOptions {
  /** What contains them; without one a containment asked for is refused. */
  readonly sandbox?: Sandbox;
  readonly log?: Log;
}

/**
 * Starts processes, each as the leader of a group of its own, with exactly the
 * environment given but for the mark of that group, and no shell. Aborting the
 * signal ends the group, also what the process left behind and, on Linux, what
 * left the group (`findMarked` says what is not found), and so does the end of
 * this process, however it comes: a guard outside of it sees to that. A
 * containment asked for is never dropped: it throws `sandbox.unavailable`
 * where no sandbox contains.
 */
export function createProcessSpawn({ sandbox, log }: ProcessSpawnOptions = {}): ProcessSpawn {
  const running = new Set<SpawnedProcess>();
  const marks = createMarks();
  const guard = createGroupGuard(() => startGuard(marks.common()), (error) => log?.warn("no guard could be started; programs would outlive a crash", { message: toOmniError(error).message }));
  return {
    async start(request, { signal, containment }) {
      signal.throwIfAborted();
      const contained = contain(request, containment, sandbox);
      const [later] = await Promise.all([toLaterProcesses(systemProcesses), guard.ready()]);
      const mark = marks.next();
      const child = await startChild({ ...contained, env: { ...contained.env, [markVariable]: mark } });
      const abort = (): void => void spawned.end();
      const spawned = toSpawned(child, createProcessGroup(child.pid, mark, later), () => {
        signal.removeEventListener("abort", abort);
        running.delete(spawned);
        guard.leave(child.pid);
      });
      running.add(spawned);
      await guard.watch(child.pid);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) {
        await spawned.end();
        signal.throwIfAborted();
      }
      return spawned;
    },
    async close() {
      await Promise.all([...running].map((spawned) => spawned.end()));
      await guard.close();
    },
  };
}

interface Marks {
  /** The mark of the next group. */
  next(): string;
  /** How every mark of this host begins, and of no other. */
  common(): string;
}

/** Made when the first program is: what makes it unguessable takes time to load. */
function createMarks(): Marks {
  let made: string | undefined;
  let count = 0;
  const common = (): string => (made ??= `${process.getBuiltinModule("node:crypto").randomUUID()}.`);
  return { next: () => `${common()}${(count += 1)}`, common };
}

/** The guard is started like a program, and is none: it has no mark, and nothing ends it but its end of input. */
async function startGuard(commonMark: string): Promise<GuardProcess> {
  const { process: child } = await startChild({ argv: toGuardArgv(`${markVariable}=${commonMark}`), cwd: "/", env: { PATH: "/usr/bin:/bin" } });
  const streams = [child.stdout, child.stderr, child.stdin];
  child.unref();
  for (const stream of streams) if (stream !== null && "unref" in stream && typeof stream.unref === "function") stream.unref();
  return {
    write: (text) => writeTo(child, new TextEncoder().encode(text)),
    exit: once(child, "exit"),
    kill: () => void child.kill("SIGKILL"),
  };
}

function contain(request: SpawnRequest, containment: Containment | undefined, sandbox: Sandbox | undefined): SpawnRequest {
  if (containment === undefined) return request;
  if (sandbox?.contains !== true) throw new OmniError("sandbox.unavailable", "A process was to be contained, and there is no sandbox that contains; install one (omni doctor says which), or allow the action uncontained.");
  return sandbox.wrap(request, containment);
}

interface StartedChild {
  readonly process: ChildProcess;
  readonly pid: number;
}

async function startChild(request: SpawnRequest): Promise<StartedChild> {
  const [program, ...rest] = request.argv;
  if (program === undefined || program === "") throw new OmniError("spawn.failed", "There is no program to start: the argument list is empty.");
  const { spawn } = await import("node:child_process");
  try {
    const child = spawn(program, rest, { cwd: request.cwd, env: { ...request.env }, detached: true, shell: false, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.on("error", () => undefined);
    child.stdin?.on("error", () => undefined);
    if (child.pid === undefined) throw new Error("it has no process id");
    return { process: child, pid: child.pid };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OmniError("spawn.failed", `${JSON.stringify(program)} could not be started in ${request.cwd}: ${reason}. Check that the program and the folder exist.`, { cause: error });
  }
}

/** `forget` is called once all of the group is known to be gone. */
function toSpawned({ process: child, pid }: StartedChild, group: ProcessGroup, forget: () => void): SpawnedProcess {
  const exit = new Promise<SpawnExit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  let looking: Promise<void> | undefined;
  let ending: Promise<void> | undefined;
  /** What nothing is left of need not be ended. */
  const lookForRest = async (): Promise<void> => {
    if (await group.lives()) return;
    ending = Promise.resolve();
    forget();
  };
  void exit.then(() => {
    if (ending === undefined && !group.exists()) looking = lookForRest();
  });
  return {
    pid,
    stdout: child.stdout ?? empty(),
    stderr: child.stderr ?? empty(),
    exit,
    write: (chunk) => writeTo(child, chunk),
    async end(graceMs = defaultGraceMs) {
      if (looking !== undefined) await looking;
      await (ending ??= endGroup(group, graceMs, exit).then(forget));
    },
  };
}

async function* empty(): AsyncGenerator<Uint8Array, void, undefined> {
  yield* [];
}

function writeTo(child: ChildProcess, chunk: Uint8Array | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const input = child.stdin;
    if (input === null || input.destroyed || input.writableEnded) {
      if (chunk === undefined) resolve();
      else reject(new OmniError("spawn.failed", `The process ${child.pid ?? ""} takes no more input.`));
      return;
    }
    if (chunk === undefined) input.end(resolve);
    else {
      input.write(chunk, (error) => {
        if (error == null) resolve();
        else reject(new OmniError("spawn.failed", `The process ${child.pid ?? ""} closed its input.`, { cause: error }));
      });
    }
  });
}

/** Asks a group to end, then makes it; resolves when it is gone and its leader has exited. */
async function endGroup(group: ProcessGroup, graceMs: number, exit: Promise<SpawnExit>): Promise<void> {
  await group.signal("SIGTERM");
  // By force more than once: what is ended may have started another that was not seen yet.
  if (!(await isGoneWithin(group, graceMs))) await isGoneWithin(group, burialMs, () => group.signal("SIGKILL"));
  await Promise.race([exit, wait(burialMs)]);
}

/** The timers hold the process: it may not leave before its children are ended. */
async function isGoneWithin(group: ProcessGroup, milliseconds: number, press: () => Promise<void> = async () => undefined): Promise<boolean> {
  const until = performance.now() + milliseconds;
  await press();
  while (await group.lives()) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await wait(Math.min(pollMs, left));
    await press();
  }
  return true;
}
