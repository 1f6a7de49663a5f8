import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ConfigRequest } from "./config-request.ts";
import type { Environment } from "./variables.ts";
import type { SlotChoice } from "./config.ts";
import { expandVariables } from "./variables.ts";
import { getOwn, isJsonObject } from "./json-shape.ts";
import { readConfigText, readText } from "./config-text.ts";
import { toAbsolute } from "./config-request.ts";
import { toSha256 } from "../sha256.ts";

/** Servers as choices of the tool slot, by the owner of their tools, and what could not be used, a line each. */
export interface ReadServersResult {
  readonly choices: Readonly<Record<string, SlotChoice>>;
  readonly warnings: readonly string[];
  /** What fills the provider slot where nobody else says so, when the servers make a better choice than the preset alone. */
  readonly provider?: SlotChoice;
}

/** Where a file of servers was found: named by a flag, in the folder the command was started in, or in the home. */
export type ServersOrigin = "flag" | "workspace" | "home";

/** What reading servers needs besides the text. */
export interface ReadServersContext {
  readonly path: string;
  readonly origin: ServersOrigin;
  /** The folder that relative paths of the definitions start at; the home's rules where it is absent. */
  readonly folder?: string;
  readonly env: Environment;
  /** Owners that other tools have. */
  readonly taken: readonly string[];
  /** Puts variables into a definition; the names of those that are missing. */
  expand(definition: JsonObject): { readonly value: JsonObject; readonly missing: readonly string[] };
}

/** Reads the text of an `mcp.json`; never fails. */
export type ReadServers = (text: string, context: ReadServersContext) => Promise<ReadServersResult>;

/** The file of servers that a folder may bring along. */
const workspaceFile = ".mcp.json";

/** The key of `omni.json` that says which folders are trusted. */
const trustKey = "trustedWorkspaces";

/**
 * The servers of the one file that counts: the one a flag named, which must
 * be there, else `.mcp.json` of the folder the command was started in, when
 * the person has trusted that folder with exactly these bytes, else
 * `mcp.json` of the home. A file that is not trusted has no effect but a
 * warning. Throws `config.invalid` for a file that cannot be read.
 */
export async function loadServers(request: ConfigRequest, home: string, taken: readonly string[]): Promise<ReadServersResult> {
  const { readServers, env } = request;
  if (readServers === undefined) return { choices: {}, warnings: [] };
  const { file, warnings } = await findServersFile(request, home);
  if (file === undefined) return { choices: {}, warnings };
  const expand: ReadServersContext["expand"] = (definition) => {
    const { value, missing } = expandVariables(definition, env);
    return { value, missing: [...new Set(missing.map((each) => each.name))] };
  };
  const { text, ...place } = file;
  const read = await readServers(text, { ...place, env, taken, expand });
  return { ...read, warnings: [...warnings, ...read.warnings] };
}

/**
 * The provider in force. What the servers offer counts only where neither a
 * flag nor the environment nor `omni.json` chose one; options that they state
 * without a choice go along.
 */
export function toProviderInForce(chosen: SlotChoice, offered: SlotChoice | undefined, layers: readonly { readonly source: string; readonly value: JsonObject }[]): SlotChoice {
  const isChosen = layers.some(({ source, value }) => {
    const stated = source === "built-in" || source === "default" ? undefined : value["provider"];
    return typeof stated === "string" || getOwn(stated, "use") !== undefined;
  });
  return offered === undefined || isChosen ? chosen : { use: offered.use, with: { ...chosen.with, ...offered.with } };
}

interface ServersFile extends Pick<ReadServersContext, "path" | "origin" | "folder"> {
  readonly text: string;
}

interface FoundFile {
  readonly file: ServersFile | undefined;
  readonly warnings: readonly string[];
}

async function findServersFile(request: ConfigRequest, home: string): Promise<FoundFile> {
  if (request.mcpConfig !== undefined) {
    const path = toAbsolute(request.mcpConfig, request.cwd, request.userHome);
    const text = await readText(path);
    if (text === undefined) throw new OmniError("config.invalid", `${path} does not exist; name another file with --mcp-config, or leave the flag out.`);
    return { file: { path, origin: "flag", text }, warnings: [] };
  }
  const own = await findWorkspaceFile(request, home);
  if (own.file !== undefined) return own;
  const path = join(home, "mcp.json");
  const text = await readText(path);
  return { file: text === undefined ? undefined : { path, origin: "home", text }, warnings: own.warnings };
}

/** What stands in the current folder is not even opened before the folder is trusted: it may be a pipe without an end. */
async function findWorkspaceFile(request: ConfigRequest, home: string): Promise<FoundFile> {
  const none: FoundFile = { file: undefined, warnings: [] };
  const path = join(request.cwd, workspaceFile);
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return none;
  const folder = await realpath(request.cwd).catch(() => undefined);
  if (folder === undefined) return none;
  const refuse = (why: string): FoundFile => ({ file: undefined, warnings: [`${path} has no effect: ${why}`, ...toEnvironmentWarning(request.env)] });
  if (!found.isFile()) return refuse("it is no regular file");
  const trusted = await readTrust(request, home, folder);
  if (trusted === undefined) return refuse(`this folder is not trusted; look at it, then: omni mcp servers trust ${toShellWord(folder)}`);
  const text = await readText(path);
  if (text === undefined) return none;
  if (trusted !== `sha256:${toSha256(text)}`) return refuse(`it has changed since the folder was trusted; look at it, then: omni mcp servers trust ${toShellWord(folder)}`);
  return { file: { path, origin: "workspace", folder, text }, warnings: [] };
}

/**
 * The bytes that a folder was trusted with. Only `omni.json` is asked:
 * variables of the environment are often set by the folder one works in. The
 * folder must be exactly the one that is named; those below it are others.
 */
async function readTrust(request: ConfigRequest, home: string, folder: string): Promise<string | undefined> {
  const table = (await readConfigText(join(home, "omni.json")))?.value[trustKey];
  if (!isJsonObject(table)) return undefined;
  for (const [key, hash] of Object.entries(table)) {
    if (typeof hash !== "string") continue;
    const named = await realpath(toAbsolute(key, home, request.userHome)).catch(() => undefined);
    if (named === folder) return hash;
  }
  return undefined;
}

function toEnvironmentWarning(env: Environment): readonly string[] {
  const variable = Object.keys(env).find((name) => /^OMNI_TRUSTED_?WORKSPACES(?:_|$)/i.test(name));
  return variable === undefined ? [] : [`environment variable ${variable} has no effect: folders are trusted by omni.json only`];
}

function toShellWord(text: string): string {
  return /^[\w:.@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
