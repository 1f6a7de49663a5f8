import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import type { Row } from "./report.ts";
import { findTool, openBenchTools, toContext } from "./bench-tools.ts";
import { median } from "./measure.ts";
import { toRow } from "./report.ts";

const runs = 100;

/** A program through `shell.run`, guard and output record included, over a bare spawn of the same. */
export async function measureShell(): Promise<readonly Row[]> {
  const tools = await openBenchTools();
  try {
    const run = findTool(await tools.create("shell", {}), "shell.run");
    const context = toContext(tools.workspace);
    const time = async (argv: readonly string[]): Promise<{ readonly ours: number; readonly bare: number; readonly over: number }> => {
      const ours: number[] = [];
      const bare: number[] = [];
      for (let count = -5; count < runs; count += 1) {
        const begun = performance.now();
        const result = await run.execute({ argv: [...argv] }, context);
        const between = performance.now();
        await runBare(argv, tools.workspace);
        if (result.isError === true) throw new Error(JSON.stringify(result.content));
        if (count < 0) continue;
        ours.push(between - begun);
        bare.push(performance.now() - between);
      }
      return { ours: median(ours), bare: median(bare), over: median(ours) - median(bare) };
    };
    const nothing = await time(["/bin/true"]);
    const words = await time(["/bin/sh", "-c", "seq 1 1000"]);
    return [
      toRow("`shell.run` of a program that does nothing, over a bare spawn", { value: nothing.over, bound: 5, unit: "ms", detail: `${nothing.ours.toFixed(1)} and ${nothing.bare.toFixed(1)} ms` }),
      toRow("the same of a shell that prints 1,000 lines", { value: words.over, bound: 5, unit: "ms", detail: `${words.ours.toFixed(1)} and ${words.bare.toFixed(1)} ms` }),
    ];
  } finally {
    await tools.close();
  }
}

async function runBare([program = "", ...args]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, args, { cwd, env: { PATH: process.env["PATH"] }, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  await new Promise((resolve) => child.once("close", resolve));
}
