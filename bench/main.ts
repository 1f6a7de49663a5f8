import { measureLoop } from "./loop-overhead.ts";
import { measureJoining } from "./joining.ts";
import { measureMcpCalls } from "./mcp-calls.ts";
import { measureShell } from "./shell.ts";
import { measureStartUp } from "./start-up.ts";
import { toTable } from "./report.ts";

/** Prints every measurement of speed and size as one table. It judges nothing: a noisy machine is no failure. Build first. */
const rows = [...(await measureStartUp()), ...(await measureLoop()), ...(await measureJoining()), ...(await measureShell()), ...(await measureMcpCalls())];
console.log(toTable(rows));
