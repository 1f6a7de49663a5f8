import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Row } from "./report.ts";
import { median, timeCommand } from "./measure.ts";
import { toRow } from "./report.ts";

const main = fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));
const node = process.execPath;
const pairs = 15;
const session = "cli:bench";

/** How long after the start of `omni run` a running gateway has its message, over a bare Node's whole life. */
export async function measureJoining(): Promise<readonly Row[]> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  const env = { HOME: home, OMNI_HOME: join(home, "home") };
  const gateway = spawn(node, [main, "gateway", "--port", "0", "--json"], { env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise<void>((resolve, reject) => {
      gateway.stdout.once("data", () => resolve());
      gateway.once("close", (code) => reject(new Error(`the gateway ended with ${code}`)));
    });
    const starts: number[] = [];
    const floors: number[] = [];
    for (let pair = -1; pair < pairs; pair += 1) {
      starts.push(Date.now());
      await timeCommand({ argv: [node, main, "run", "--quiet", "--session", session, "list the files in this folder"], env, cwd: home });
      floors.push(await timeCommand({ argv: [node, "-e", "0"] }));
    }
    // The first of each warms up what is not measured.
    const waits = (await readStarts(env)).map((at, index) => at - (starts[index] ?? Number.NaN)).slice(1);
    if (waits.length !== pairs) throw new Error(`${waits.length + 1} of ${pairs + 1} turns are on the record: the command did not join the gateway`);
    const floor = median(floors.slice(1));
    return [toRow("`omni run` to its message in a running gateway's hands, over `node -e 0`", { value: median(waits) - floor, bound: 60, unit: "ms", detail: `${median(waits).toFixed(0)} and ${floor.toFixed(0)} ms` })];
  } finally {
    const closed = new Promise((resolve) => gateway.once("close", resolve));
    gateway.kill("SIGTERM");
    await closed;
    await rm(home, { recursive: true, force: true });
  }
}

/** When the turns of the session began, Unix milliseconds, as the gateway recorded it. */
async function readStarts(env: Readonly<Record<string, string>>): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)(node, [main, "sessions", "show", session, "--json"], { env: { PATH: process.env["PATH"], ...env } });
  const { turns } = JSON.parse(stdout) as { readonly turns: readonly { readonly startedAt: string }[] };
  return turns.map((turn) => Date.parse(turn.startedAt));
}
