import { join } from "node:path";
import { OmniError } from "@omni/core";
import type { Config, ReadServersContext } from "@omni/runtime";
import { findNearestName, loadConfig } from "@omni/runtime";
import type { ListedServer, ServerFiles } from "@omni/preset-default";
import { loadServerFiles } from "@omni/preset-default";
import type { CommandCall, CommandContext } from "../../command-spec.ts";
import { toConfigRequest } from "../../prepare-command.ts";
import { toErrorLine } from "../../report-error.ts";

/** The servers that a command of this folder has, with the file they stand in. */
export interface EffectiveServers {
  readonly config: Config;
  readonly files: ServerFiles;
  readonly path: string;
  readonly origin: ReadServersContext["origin"];
  readonly servers: readonly ListedServer[];
}

/**
 * Reads the file of servers that counts, without making anything of it. What
 * else is to be said goes to stderr. Throws `config.invalid` with the place
 * for a file that cannot be read.
 */
export async function readEffectiveServers(call: CommandCall, context: CommandContext): Promise<EffectiveServers> {
  const files = await loadServerFiles();
  const found: (readonly [text: string, place: ReadServersContext])[] = [];
  const config = await loadConfig({
    ...toConfigRequest(call, context),
    async readServers(text, place) {
      found.push([text, place]);
      return { choices: {}, warnings: [] };
    },
  });
  if (!call.has("quiet")) for (const warning of config.warnings) await context.terminal.errors.write(`${toErrorLine("warning", warning)}\n`);
  const [first] = found;
  if (first === undefined) return { config, files, path: join(config.paths.home, "mcp.json"), origin: "home", servers: [] };
  const [text, place] = first;
  const { servers, problem } = await files.list(text, place);
  if (problem !== undefined) throw new OmniError("config.invalid", `${problem}.`);
  return { config, files, path: place.path, origin: place.origin, servers };
}

/** The error for a server that nobody defined, with the nearest one. */
export function toUnknownServer(name: string, names: readonly string[], path: string): OmniError {
  const nearest = findNearestName(name, names);
  const hint = nearest !== undefined ? `did you mean ${JSON.stringify(nearest)}?` : names.length === 0 ? "it has none." : `it has ${names.map((each) => JSON.stringify(each)).join(", ")}.`;
  return new OmniError("usage.invalid", `There is no server ${JSON.stringify(name.slice(0, 80))} in ${path}; ${hint}`);
}
