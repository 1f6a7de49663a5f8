import { join, resolve } from "node:path";
import type { JsonObject } from "@omni/core";
import type { ReadServers } from "./load-servers.ts";
import type { Environment } from "./variables.ts";

/** What a configuration is made from. */
export interface ConfigRequest {
  readonly env: Environment;
  /** The folder the command was started in, absolute. */
  readonly cwd: string;
  /** The user's own folder, absolute: `~` in paths. */
  readonly userHome: string;
  /** The home folder of Omni as a flag named it; stronger than `OMNI_HOME`. */
  readonly home?: string;
  /** What flags say, in the shape of `omni.json`: the strongest layer. */
  readonly overrides?: JsonObject;
  /** What a preset says where nobody else does. Values are taken as they are. */
  readonly defaults?: JsonObject;
  /** The file of servers a flag named; else that of a trusted current folder, else that of the home. */
  readonly mcpConfig?: string;
  /** Makes choices of the tool slot from the servers of an `mcp.json`; without it the file is not looked at. */
  readonly readServers?: ReadServers;
  /** Variables that begin with `OMNI_` and are no settings, besides `OMNI_HOME`. */
  readonly otherVariables?: readonly string[];
}

/** Where a home is: the flag, else `OMNI_HOME`, else `.omni` in the user's folder. Absolute. */
export function toHome(request: ConfigRequest): string {
  const stated = request.home ?? (request.env["OMNI_HOME"] === "" ? undefined : request.env["OMNI_HOME"]);
  return stated === undefined ? join(request.userHome, ".omni") : toAbsolute(stated, request.cwd, request.userHome);
}

/** A path with `~` put in, from `base` where it is relative. */
export function toAbsolute(path: string, base: string, userHome: string): string {
  if (path === "~") return userHome;
  return path.startsWith("~/") ? join(userHome, path.slice(2)) : resolve(base, path);
}
