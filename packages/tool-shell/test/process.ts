import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import type { JsonObject } from "@omni/core";

/** A call that runs in a process of its own. */
export interface CallingProcess {
  readonly child: ChildProcess;
  /** The next line of its output, parsed. */
  next(): Promise<JsonObject>;
}

/** Starts a process that makes one call of `shell.run`; all it writes is below `folder`, which the test made and removes: a process that is killed removes nothing. */
export function startCalling(input: JsonObject, folder: string): CallingProcess {
  const script = fileURLToPath(new URL("call-in-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@omni/source", script, JSON.stringify(input)], { env: { ...process.env, TMPDIR: folder }, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const { value } = await lines.next();
      if (value === undefined) throw new Error("the process ended without an answer");
      return JSON.parse(value) as JsonObject;
    },
  };
}
