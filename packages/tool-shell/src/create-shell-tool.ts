import type { Host, SpawnedProcess, Tool, Toolset } from "@omni/core";
import type { ShellToolOptions } from "./shell-tool-options.ts";
import { createKeptOutputs } from "./kept-outputs.ts";
import { createOutputTool } from "./output-tool.ts";
import { createRunTool } from "./run-tool.ts";
import { graceMs } from "./run-program.ts";
import { toChildEnvironment } from "./child-environment.ts";

/**
 * The shell tools: `shell.run`, and `shell.output` for outputs too long for a
 * result. Starts nothing until the first call. Throws `config.invalid` where
 * the environment for programs holds a secret of the gateway.
 */
export function createShellTool(options: ShellToolOptions, host: Host): Toolset {
  toChildEnvironment(options.env, host.paths.workspace, host);
  const kept = createKeptOutputs(options, host);
  const running = new Set<SpawnedProcess>();
  const tools: readonly Tool[] = [createRunTool({ options, host, kept, running }), createOutputTool(kept)];
  return {
    owner: "shell",
    trusted: true,
    tools: () => tools,
    // The list never changes, so there is nobody to tell.
    onChange: () => () => undefined,
    forgetSession: kept.forget,
    async close() {
      await Promise.all([...running].map((spawned) => spawned.end(graceMs)));
    },
  };
}
