import { posix } from "node:path";
import type { Host, JsonObject, SpawnedProcess, Tool, ToolContext, ToolResult } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { KeptOutputs } from "./kept-outputs.ts";
import type { ShellToolOptions } from "./shell-tool-options.ts";
import { createOutputRecord } from "./output-record.ts";
import { followProgram, graceMs } from "./run-program.ts";
import { notFoundCode, openGate, toGated } from "./program-gate.ts";
import { shell, toArgv } from "./command-line.ts";
import { toChildEnvironment } from "./child-environment.ts";
import { toRunResult } from "./run-result.ts";

/** What `shell.run` is made from. */
export interface RunToolParts {
  readonly options: ShellToolOptions;
  readonly host: Host;
  readonly kept: KeptOutputs;
  /** Programs that run; whoever closes the toolset ends them. */
  readonly running: Set<SpawnedProcess>;
}

/** `shell.run`: runs a program, or a command of the shell, to its end. */
export function createRunTool(parts: RunToolParts): Tool {
  const { options } = parts;
  return {
    name: "shell.run",
    description:
      "Runs a program in the workspace and gives its output and exit code. Plain words are run directly; pipes, variables and several commands by /bin/sh. There is no terminal and no input, and nothing goes on running afterwards.",
    inputSchema: {
      type: "object",
      properties: {
        command: { type: "string", minLength: 1, description: "Command line as for a shell. Give this or argv." },
        argv: { type: "array", items: { type: "string" }, minItems: 1, description: "Program and its arguments, taken as they are. Give this or command." },
        cwd: { type: "string", minLength: 1, description: "Folder to run in, relative to the workspace. Default the workspace." },
        timeoutMs: { type: "integer", minimum: 1, maximum: options.longestTimeoutMs, description: `Milliseconds after which it is ended. Default ${options.timeoutMs}.` },
      },
      additionalProperties: false,
    },
    annotations: { title: "Run a program", readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    effect: "once",
    action: (input) => ({ kind: "execute", argv: toArgv(input), ...(typeof input["cwd"] === "string" ? { paths: [input["cwd"]] } : {}) }),
    execute: (input, context) => run(input, context, parts),
  };
}

async function run(input: JsonObject, context: ToolContext, parts: RunToolParts): Promise<ToolResult> {
  if (("command" in input) === ("argv" in input)) return toFailed("Give either command, a text, or argv, a list of program and arguments.");
  const cwd = await toFolder(input, context, parts.host);
  if (typeof cwd !== "string") return cwd;
  const { options, host, kept, running } = parts;
  const env = toChildEnvironment(options.env, context.workspace, host);
  const argv = toArgv(input);
  context.signal.throwIfAborted();
  // The call's own signal would end the group with a grace longer than the loop's; it is followed once the program runs.
  const spawned = await host.spawn.start({ argv: toGated(argv), cwd, env }, { signal: new AbortController().signal }).catch(toNotStarted);
  if (!("pid" in spawned)) return spawned;
  running.add(spawned);
  // It is under the host's guard by now, and only now becomes the program.
  await openGate(spawned);
  const timeoutMs = typeof input["timeoutMs"] === "number" ? input["timeoutMs"] : options.timeoutMs;
  const record = createOutputRecord({ wholeBytes: options.wholeBytes, callBytes: options.callBytes, open: () => kept.open(context.sessionId) });
  try {
    const end = await followProgram(spawned, { clock: host.clock, context, record, timeoutMs, endlessBytes: options.endlessBytes });
    const output = record.read();
    const isMissing = end.exit.code === notFoundCode && output.bytes === 0 && argv[0] !== shell;
    return isMissing ? toNotFound(argv[0] ?? "", env["PATH"] ?? "") : toRunResult(end, output, timeoutMs);
  } finally {
    await spawned.end(graceMs);
    running.delete(spawned);
  }
}

/** The absolute folder to run in, or why there is none. */
async function toFolder(input: JsonObject, context: ToolContext, host: Host): Promise<string | ToolResult> {
  const files = host.files.within(context.workspace, context.guard);
  const given = typeof input["cwd"] === "string" ? input["cwd"] : ".";
  const entry = await files.stat(given);
  if (entry === undefined) return toFailed(`There is no folder ${JSON.stringify(given)} in the workspace. Name one that exists.`);
  if (entry.kind !== "directory") return toFailed(`${JSON.stringify(given)} is ${entry.kind === "link" ? "a link" : "no folder"}; name a folder of the workspace.`);
  return posix.join(files.root, entry.path);
}

function toNotStarted(error: unknown): ToolResult {
  if (!isOmniError(error)) throw new OmniError("spawn.failed", error instanceof Error ? error.message : String(error), { cause: error });
  return toFailed(error.message);
}

function toNotFound(program: string, path: string): ToolResult {
  return toFailed(`${JSON.stringify(program)} could not be started: there is no such program. Programs are looked for in ${path}; tools.shell.with.env.PATH changes that.`);
}

function toFailed(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
