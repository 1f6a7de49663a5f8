import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { Command } from "./measure.ts";
import type { Row } from "./report.ts";
import { median, peakMemory, timeCommand, timePairs } from "./measure.ts";
import { toRow } from "./report.ts";

const main = fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));
const node = process.execPath;
const pairs = 15;

/** The built program against a bare Node: how long it takes to say its version, to answer without a model, and to listen. */
export async function measureStartUp(): Promise<readonly Row[]> {
  const home = await mkdtemp(join(tmpdir(), "omni-bench-"));
  try {
    const env = { HOME: home, OMNI_HOME: join(home, "home") };
    const floor: Command = { argv: [node, "-e", "0"] };
    const version: Command = { argv: [node, main, "--version"], env };
    const run: Command = { argv: [node, main, "run", "--quiet", "list the files in this folder"], env, cwd: home };
    await timeCommand(run);
    const toVersion = await timePairs(version, floor, pairs);
    const toAnswer = await timePairs(run, floor, pairs);
    const listening = await measureListening(env);
    return [
      toRow("`omni --version` ÷ `node -e 0`, wall", { value: toVersion.ratio, bound: 1.5, unit: "×", detail: `${toVersion.subject.toFixed(0)} and ${toVersion.floor.toFixed(0)} ms` }),
      toRow("`omni --version`, peak memory", { value: await peakMemory(version), bound: 50, unit: "MB", detail: `node -e 0: ${(await peakMemory(floor)).toFixed(1)} MB` }),
      toRow("`omni run`, offline, warm home ÷ `node -e 0`, wall", { value: toAnswer.ratio, bound: 5, unit: "×", detail: `${toAnswer.subject.toFixed(0)} and ${toAnswer.floor.toFixed(0)} ms` }),
      toRow("`omni gateway` to listening ÷ a bare node:http", { value: listening.ratio, bound: 2.5, unit: "×", detail: `${listening.gateway.toFixed(0)} and ${listening.bare.toFixed(0)} ms` }),
      toRow("`omni gateway`, idle memory", { value: listening.idle, bound: 90, unit: "MB", detail: `bare: ${listening.bareIdle.toFixed(1)} MB` }),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

const bareServer = 'require("node:http").createServer((q,s)=>s.end()).listen(0,"127.0.0.1",()=>console.log("{}"))';

async function measureListening(env: Readonly<Record<string, string>>) {
  const gateways: Started[] = [];
  const bares: Started[] = [];
  for (let pair = -1; pair < 9; pair += 1) {
    const gateway = await startToFirstLine({ argv: [node, main, "gateway", "--port", "0", "--json"], env });
    const bare = await startToFirstLine({ argv: [node, "-e", bareServer] });
    if (pair < 0) continue;
    gateways.push(gateway);
    bares.push(bare);
  }
  return {
    ratio: median(gateways.map((each, index) => each.elapsed / (bares[index]?.elapsed ?? Number.NaN))),
    gateway: median(gateways.map((each) => each.elapsed)),
    bare: median(bares.map((each) => each.elapsed)),
    idle: median(gateways.map((each) => each.idle)),
    bareIdle: median(bares.map((each) => each.idle)),
  };
}

/** How a program started. */
export interface Started {
  /** Milliseconds to the first line on stdout. */
  readonly elapsed: number;
  /** Resident MB half a second later. */
  readonly idle: number;
}

/** Starts a program that stays, until its first line, and ends it half a second later. */
export async function startToFirstLine(command: Command): Promise<Started> {
  const [program = "", ...args] = command.argv;
  const start = performance.now();
  const child = spawn(program, args, { env: { PATH: process.env["PATH"], ...command.env }, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("close", (code) => reject(new Error(`${command.argv.join(" ")} ended with ${code} before its first line`)));
  });
  const elapsed = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const idle = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1_024;
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await closed;
  return { elapsed, idle };
}
