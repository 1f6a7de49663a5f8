import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import type { HttpAnswer, HttpCall } from "./http-call.ts";
import { callSocket } from "./http-call.ts";

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** The first line of standard output; rejects with how it ended when it ends before. */
  readonly firstLine: Promise<string>;
}

/** A gateway that listens. */
export interface GatewayProcess extends RunningProgram {
  readonly pid: number;
  readonly url: string;
  readonly socketPath: string;
  /** From the start of the process to its first line, milliseconds. */
  readonly readyMs: number;
  call(call: HttpCall): Promise<HttpAnswer>;
  /** Sends a signal to the gateway itself, also where a tracer stands between, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** What a program is started with. */
export interface ProgramStart {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly stdio?: SpawnOptions["stdio"];
}

/** Starts a program and keeps what it prints. */
export function startProgram({ command: [file = "", ...args], cwd, env, input, stdio = "pipe" }: ProgramStart): RunningProgram {
  const child = spawn(file, args, { cwd, env, stdio });
  const first = Promise.withResolvers<string>();
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    if (stdout.includes("\n")) first.resolve(stdout.split("\n")[0] ?? "");
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input ?? "");
  // What is still there when the harness ends goes with it.
  const endWithHarness = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithHarness);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("exit", endWithHarness);
      resolve({ code, signal, stdout, stderr });
    });
  });
  ended.then((end) => first.reject(new Error(`it ended first: ${JSON.stringify(end)}`)), first.reject);
  first.promise.catch(() => undefined);
  return { child, ended, firstLine: first.promise };
}

/** Starts a gateway and waits until it listens; rejects with how it ended when it does not come to that. */
export async function startGateway(start: ProgramStart, home: string): Promise<GatewayProcess> {
  const begun = performance.now();
  const program = startProgram(start);
  const { url, pid } = JSON.parse(await program.firstLine) as { readonly url?: string; readonly pid?: number };
  // With --json an error is a line too.
  if (url === undefined || pid === undefined) throw new Error(`it did not come to listen: ${JSON.stringify(await program.ended)}`);
  const readyMs = performance.now() - begun;
  const { socket: socketPath } = JSON.parse(await readFile(join(home, "state", "gateway.json"), "utf8")) as { readonly socket: string };
  // Of this life alone: a connection of the one before is of no use to the next.
  const agent = new Agent({ keepAlive: true });
  program.ended.then(() => agent.destroy(), () => agent.destroy());
  return {
    ...program,
    pid,
    url,
    socketPath,
    readyMs,
    call: (call) => callSocket({ socketPath, agent }, call),
    end(signal) {
      if (program.child.exitCode === null && program.child.signalCode === null) signalProcess(pid, signal);
      return program.ended;
    },
  };
}

/** One that has gone meanwhile needs no signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
