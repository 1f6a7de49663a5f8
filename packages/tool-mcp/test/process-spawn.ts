import type { Spawn, SpawnedProcess, SpawnExit } from "@omni/core";
import { OmniError } from "@omni/core";
import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** A plain, faithful start of processes, each in a group of its own; `started` holds those that were started. */
export function createTestSpawn(): Spawn & { readonly started: readonly SpawnedProcess[] } {
  const started: SpawnedProcess[] = [];
  return {
    started,
    async start({ argv, cwd, env }, { signal }) {
      signal.throwIfAborted();
      const [program = "", ...rest] = argv;
      const child = spawn(program, rest, { cwd, env: { ...env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
      const exit = new Promise<SpawnExit>((resolve) => void child.once("exit", (code, name) => resolve({ code, signal: name })));
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.once("error", (error) => reject(new OmniError("spawn.failed", `${program} could not be started: ${error.message}`)));
      });
      child.stdin.on("error", () => undefined);
      const kill = (name: NodeJS.Signals): void => {
        try {
          process.kill(-(child.pid ?? 0), name);
        } catch {
          // It is gone.
        }
      };
      const spawned: SpawnedProcess = {
        pid: child.pid ?? 0,
        stdout: child.stdout,
        stderr: child.stderr,
        exit,
        write: (chunk) =>
          new Promise((resolve, reject) => {
            if (chunk === undefined) child.stdin.end(resolve);
            else child.stdin.write(chunk, (error) => (error == null ? resolve() : reject(new OmniError("spawn.failed", "it takes no more input"))));
          }),
        async end(graceMs = 300) {
          kill("SIGTERM");
          await Promise.race([exit, wait(graceMs)]);
          kill("SIGKILL");
          await exit;
        },
      };
      signal.addEventListener("abort", () => void spawned.end(), { once: true });
      started.push(spawned);
      return spawned;
    },
  };
}
