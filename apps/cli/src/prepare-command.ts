import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Config, ConfigRequest, SystemHost } from "@omni/runtime";
import { createHost, loadConfig, prepareHome } from "@omni/runtime";
import { defaults, readServers } from "@omni/preset-default";
import type { CommandCall, CommandContext } from "./command-spec.ts";
import { toErrorLine } from "./report-error.ts";

/** What a command has before anything is composed. */
export interface PreparedCommand {
  readonly config: Config;
  readonly host: SystemHost;
  /** What is to be said about either, one line each. */
  readonly warnings: readonly string[];
}

/** What the configuration of a command is made from: flags, environment, the folder it was started in, and the preset. Throws `home.unwritable` where no home can be named. */
export function toConfigRequest(call: CommandCall, { terminal }: CommandContext, overrides?: JsonObject): ConfigRequest {
  const home = call.text("home");
  const { env } = terminal;
  const userHome = terminal.userHome() ?? home ?? env["OMNI_HOME"];
  if (userHome === undefined || userHome === "") throw new OmniError("home.unwritable", "The system knows no folder of yours; name a home with --home DIR or OMNI_HOME.");
  const mcpConfig = call.text("mcp-config");
  return { env, cwd: terminal.cwd(), userHome, defaults: defaults(env), readServers, ...(mcpConfig === undefined ? {} : { mcpConfig }), ...(home === undefined ? {} : { home }), ...(overrides === undefined ? {} : { overrides }) };
}

/** Loads the configuration and makes the home ready. */
export async function prepareCommand(call: CommandCall, context: CommandContext, overrides?: JsonObject): Promise<PreparedCommand> {
  const { terminal } = context;
  const config = await loadConfig(toConfigRequest(call, context, overrides));
  const remarks = await prepareHome(config.paths);
  return { config, host: createHost({ paths: config.paths, secrets: terminal.env }), warnings: [...remarks, ...config.warnings] };
}

/** Tells the warnings on stderr, unless the command is to be quiet. Call it once nothing can fail any more: an error is one line. */
export async function tellWarnings({ warnings }: PreparedCommand, call: CommandCall, { terminal }: CommandContext): Promise<void> {
  if (!call.has("quiet")) for (const warning of warnings) await terminal.errors.write(`${toErrorLine("warning", warning)}\n`);
}
