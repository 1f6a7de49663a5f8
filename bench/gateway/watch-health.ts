import { fileURLToPath } from "node:url";
import { spawn } from "node:child_process";

/** Checks of a server's health that go on. */
export interface HealthWatch {
  /** Ends them; resolves with what each took, in milliseconds. */
  end(): Promise<readonly number[]>;
}

/** Begins to check a server's health every so many milliseconds, from a process of its own; resolves after the first check. */
export async function watchHealth(url: string, everyMs: number): Promise<HealthWatch> {
  const program = fileURLToPath(new URL("./health-probe.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@omni/source", program, url, String(everyMs)], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<readonly number[]>();
  ended.promise.catch(() => undefined);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.includes("\n")) begun.resolve();
  });
  child.once("close", (code) => {
    const error = new Error(`the checks of ${url} ended with ${code}`);
    begun.reject(error);
    if (code === 0) ended.resolve(JSON.parse(text.slice(text.indexOf("\n") + 1)) as readonly number[]);
    else ended.reject(error);
  });
  await begun.promise;
  return {
    end() {
      child.stdin.end();
      return ended.promise;
    },
  };
}
