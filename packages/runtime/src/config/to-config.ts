import { join } from "node:path";
import type { JsonObject, JsonValue, MemoryScope } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AgentConfig, Config, GatewayConfig, SlotChoice } from "./config.ts";
import type { ConfigRequest } from "./config-request.ts";
import { queueModes } from "../conversations.ts";
import { isJsonObject } from "./json-shape.ts";
import { toAbsolute } from "./config-request.ts";

/** Merged layers on their way to a configuration. */
export interface MergedConfig {
  readonly request: ConfigRequest;
  readonly home: string;
  readonly path: string;
  readonly value: JsonObject;
  /** Where a relative workspace starts. */
  readonly workspaceBase: string;
  readonly brokenChannels: readonly string[];
  readonly warnings: readonly string[];
}

/** The configuration that merged and judged layers describe. Throws `config.invalid` when a slot is left empty. */
export function toConfig(merged: MergedConfig): Config {
  const { value, home, path, request } = merged;
  const stated = value["workspace"];
  const workspace = typeof stated === "string" ? toAbsolute(stated, merged.workspaceBase, request.userHome) : undefined;
  const choose = (slot: string): SlotChoice => toChoice(value[slot], slot, undefined, path);
  return {
    path,
    configDir: home,
    cwd: request.cwd,
    paths: { home, state: join(home, "state"), workspace: workspace ?? join(home, "workspace") },
    provider: choose("provider"),
    memory: value["memory"] === false ? false : choose("memory"),
    window: choose("window"),
    policy: choose("policy"),
    store: choose("store"),
    ...(value["embedder"] === undefined ? {} : { embedder: value["embedder"] === false ? false : choose("embedder") }),
    ...(value["sandbox"] === undefined ? {} : { sandbox: choose("sandbox") }),
    tools: toChoices(value["tools"], "tools", path),
    hooks: toList(value["hooks"]).map((hook, index) => toChoice(hook, `hooks[${index}]`, undefined, path)),
    gateway: toGateway(toObject(value["gateway"])),
    agent: toAgent(toObject(value["agent"])),
    warnings: merged.warnings,
    ...(workspace === undefined ? {} : { workspace }),
    channels: toChannels(value["channels"], merged),
  };
}

function toChoice(value: JsonValue | undefined, place: string, key: string | undefined, path: string): SlotChoice {
  const choice = toObject(value);
  const use = typeof choice["use"] === "string" ? choice["use"] : key;
  if (use === undefined) throw new OmniError("config.invalid", `${path}: ${place}: nothing is chosen; say { "use": "name" }.`);
  return { use, with: toObject(choice["with"]) };
}

function toChoices(value: JsonValue | undefined, place: string, path: string): Readonly<Record<string, SlotChoice | false>> {
  const entries = Object.entries(toObject(value)).map(([key, choice]): [string, SlotChoice | false] => [key, choice === false ? false : toChoice(choice, `${place}.${key}`, key, path)]);
  return Object.fromEntries(entries);
}

function toChannels(value: JsonValue | undefined, merged: MergedConfig): Readonly<Record<string, SlotChoice>> {
  const choices = Object.entries(toObject(value)).filter(([key, choice]) => choice !== false && !merged.brokenChannels.includes(key));
  return Object.fromEntries(choices.map(([key, choice]) => [key, toChoice(choice, `channels.${key}`, key, merged.path)]));
}

/** The schema has judged the values and filled in the defaults; what is not there after that is a defect of the schema. */
function toNumber(value: JsonValue | undefined, key: string): number {
  if (typeof value === "number") return value;
  throw new OmniError("internal", `The schema of the configuration has no default for ${key}.`);
}

function toAgent(value: JsonObject): AgentConfig {
  const { maxTokens, contextTokens, memoryScope } = value;
  return {
    maxRounds: toNumber(value["maxRounds"], "agent.maxRounds"),
    repeatLimit: toNumber(value["repeatLimit"], "agent.repeatLimit"),
    turnTimeoutMs: toNumber(value["turnTimeoutMs"], "agent.turnTimeoutMs"),
    toolTimeoutMs: toNumber(value["toolTimeoutMs"], "agent.toolTimeoutMs"),
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    contextTokens: typeof contextTokens === "number" ? contextTokens : "auto",
    memoryScope: toMemoryScope(memoryScope),
    maxConcurrentTurns: toNumber(value["maxConcurrentTurns"], "agent.maxConcurrentTurns"),
    maxQueuedTurns: toNumber(value["maxQueuedTurns"], "agent.maxQueuedTurns"),
    queueMode: queueModes.find((mode) => mode === value["queueMode"]) ?? "queue",
  };
}

function toMemoryScope(value: JsonValue | undefined): MemoryScope {
  return value === "user" || value === "agent" || value === "global" ? value : "session";
}

function toGateway(value: JsonObject): GatewayConfig {
  const host = value["host"];
  return {
    host: typeof host === "string" ? host : "127.0.0.1",
    port: toNumber(value["port"], "gateway.port"),
    maxBodyBytes: toNumber(value["maxBodyBytes"], "gateway.maxBodyBytes"),
  };
}

function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function toList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
