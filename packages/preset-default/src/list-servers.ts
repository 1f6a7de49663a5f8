import { resolve } from "node:path";
import type { JsonObject, JsonValue } from "@omni/core";
import type { ReadServersContext, SlotChoice } from "@omni/runtime";
import { findSecretPlaces, parseMcpServers, toServerEnvironment, toServerOwner, toShownTarget } from "@omni/tool-mcp";

/** One entry of an `mcp.json`, for people and for the composition. No value of `env` and `headers` is in what people are shown. */
export interface ListedServer {
  readonly name: string;
  /** First part of its tools' names; undefined where it is disabled or broken. */
  readonly owner?: string;
  readonly state: "enabled" | "disabled" | "broken";
  readonly transport?: "stdio" | "http" | "sse";
  /** Its command line or its address as it stands in the file, what may be secret hidden. */
  readonly target: string;
  readonly trusted: boolean;
  /** Names of the variables and headers it is given. */
  readonly env: readonly string[];
  readonly headers: readonly string[];
  /** What is wrong with it, and why it is broken. */
  readonly faults: readonly string[];
  /** Where a secret seems to stand in clear, `env.API_KEY`. */
  readonly secrets: readonly string[];
  /** What makes it as a part of slot `tool`; undefined where it is broken. */
  readonly options?: JsonObject;
  /** The same where it is to be made: it is enabled and nothing is missing. */
  readonly choice?: SlotChoice;
}

/** All entries of a file, and what is to be said of it. */
export interface ServerList {
  readonly servers: readonly ListedServer[];
  readonly warnings: readonly string[];
  /** Why the file as a whole cannot be read, with its place. */
  readonly problem?: string;
}

/** Reads every entry of an `mcp.json`, those that are disabled or broken too. This file loads the package of the servers. */
export async function listServers(text: string, context: ReadServersContext): Promise<ServerList> {
  const { entries, problem, warnings } = parseMcpServers(text, context.path);
  if (problem !== undefined) return { servers: [], warnings, problem };
  const said: string[] = [];
  const owners: string[] = [...context.taken, "session", "person"];
  const servers = entries.map(({ name, definition, faults }): ListedServer => {
    said.push(...faults);
    if (definition === undefined) return { name, state: "broken", target: "", trusted: false, env: [], headers: [], faults, secrets: [] };
    const { value, missing } = context.expand(definition);
    const lacking = missing.length === 0 ? [] : [`${context.path}: server ${JSON.stringify(name)} is left out: set ${missing.join(", ")}`];
    const isDisabled = definition["disabled"] === true;
    const shown = { name, ...toShownDefinition(definition), faults: [...faults, ...lacking], secrets: findSecretPlaces(definition) };
    if (lacking.length > 0) {
      if (!isDisabled) said.push(...lacking);
      return { ...shown, state: isDisabled ? "disabled" : "broken" };
    }
    // One that is disabled takes no name from the others.
    const { owner, warning } = toServerOwner(name, owners);
    const options = { ...atFolder(value, context.folder), name: owner, inheritedEnv: { ...toServerEnvironment(context.env) } };
    if (isDisabled) return { ...shown, state: "disabled", options };
    owners.push(owner);
    if (warning !== undefined) said.push(`${context.path}: ${warning}`);
    return { ...shown, state: "enabled", owner, options, choice: { use: "mcp", with: options } };
  });
  return { servers, warnings: said };
}

/** A file in a project starts its programs in the project. */
function atFolder(definition: JsonObject, folder: string | undefined): JsonObject {
  if (folder === undefined || definition["type"] !== "stdio") return definition;
  return { ...definition, cwd: resolve(folder, typeof definition["cwd"] === "string" ? definition["cwd"] : ".") };
}

function toShownDefinition(definition: JsonObject): Pick<ListedServer, "transport" | "target" | "trusted" | "env" | "headers"> {
  const { type, env, headers, trusted } = definition;
  return {
    ...(type === "stdio" || type === "http" || type === "sse" ? { transport: type } : {}),
    target: toShownTarget(definition),
    trusted: trusted === true,
    env: toNames(env),
    headers: toNames(headers),
  };
}

function toNames(value: JsonValue | undefined): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
