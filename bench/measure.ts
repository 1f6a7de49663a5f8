import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

/** Milliseconds, or a ratio, at the named share of the sorted samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** A program with its arguments, and what it may see. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a command to its end; resolves with its wall time in milliseconds. Rejects when it fails. */
export async function timeCommand(command: Command): Promise<number> {
  const start = performance.now();
  const { code, stderr } = await run(command);
  const elapsed = performance.now() - start;
  if (code !== 0) throw new Error(`${command.argv.join(" ")} ended with ${code}: ${stderr.slice(-400)}`);
  return elapsed;
}

/** Times two commands in turn, A B A B, after one uncounted pair: a machine that changes its speed changes both. */
export async function timePairs(subject: Command, floor: Command, pairs: number): Promise<{ readonly subject: number; readonly floor: number; readonly ratio: number }> {
  const subjects: number[] = [];
  const floors: number[] = [];
  for (let pair = -1; pair < pairs; pair += 1) {
    const one = await timeCommand(subject);
    const other = await timeCommand(floor);
    if (pair < 0) continue;
    subjects.push(one);
    floors.push(other);
  }
  const ratios = subjects.map((each, index) => each / (floors[index] ?? Number.NaN));
  return { subject: median(subjects), floor: median(floors), ratio: median(ratios) };
}

const reporter = "data:text/javascript,process.on('exit',()=>process.stderr.write('\\nmaxrss='+process.resourceUsage().maxRSS))";

/** Peak resident memory of a Node program, in MB, as the operating system counted it; the median of a few runs. */
export async function peakMemory(command: Command, runs = 5): Promise<number> {
  const [node = "", ...rest] = command.argv;
  const peaks: number[] = [];
  for (let count = 0; count < runs; count += 1) {
    const { stderr } = await run({ ...command, argv: [node, "--import", reporter, ...rest] });
    peaks.push(Number(/maxrss=(\d+)/.exec(stderr)?.[1]) / 1_024);
  }
  return median(peaks);
}

async function run(command: Command): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const [program = "", ...args] = command.argv;
  const child = spawn(program, args, { cwd: command.cwd, env: { PATH: process.env["PATH"], ...command.env }, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, stderr };
}
