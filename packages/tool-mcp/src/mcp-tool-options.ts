import type { JsonObject, OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";
import { checkDefinition, definitionFields } from "./server-definition.ts";
import { isJsonList, isJsonObject, toWords } from "./json-shape.ts";

/** Milliseconds a call may take without a word of progress, where nothing else is said. */
const defaultTimeoutMs = 120_000;

/** One server, as `mcp.json` defines it, with every default filled in. */
export interface McpToolOptions {
  /** First part of its tools' names. */
  readonly name: string;
  /** How it is spoken to. `http` is streamable HTTP, and the older SSE where the server refuses that. */
  readonly type: "stdio" | "http" | "sse";
  /** The program; set for `stdio`. */
  readonly command?: string;
  readonly args: readonly string[];
  /** Variables of its environment; they win over the inherited ones. */
  readonly env: Readonly<Record<string, string>>;
  /** The environment it inherits from: only the names of `toServerEnvironment` are taken. */
  readonly inheritedEnv: Readonly<Record<string, string>>;
  /** Where it starts; relative to home. Default: the default workspace. */
  readonly cwd?: string;
  /** The address; set for `http` and `sse`. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds a call may take without a word of progress. */
  readonly timeoutMs: number;
  /** Milliseconds without a call after which the connection is closed until the next call. Default: never. */
  readonly idleTimeoutMs?: number;
  readonly disabled: boolean;
  /** True where a person vouches for what its tools say of themselves. */
  readonly trusted: boolean;
  /** The tools to offer, by their own names. Default: all. */
  readonly allow?: readonly string[];
}

/** Options of one server. `parse` throws `config.invalid` for a wrong value, and for a server without a command or a url. */
export const mcpToolOptions: OptionsSchema<McpToolOptions> = {
  jsonSchema: {
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, description: "First part of its tools' names." },
      ...Object.fromEntries(Object.entries(definitionFields).map(([key, field]) => [key, field.schema])),
      inheritedEnv: { type: "object", additionalProperties: { type: "string" }, description: "The environment it inherits from; only harmless names are taken." },
    },
    required: ["name"],
    additionalProperties: false,
  },
  parse(value) {
    if (!isJsonObject(value)) throw new OmniError("config.invalid", "The options of tool mcp are no object; write { name, command } or { name, url }.");
    const { name, inheritedEnv = {}, ...rest } = value;
    const words = toWords(name);
    if (words === undefined) throw new OmniError("config.invalid", `Option name of tool mcp is ${JSON.stringify(name) ?? "missing"}; it must be the name of the server.`);
    if (!isJsonObject(inheritedEnv) || Object.values(inheritedEnv).some((each) => typeof each !== "string")) throw new OmniError("config.invalid", `Option inheritedEnv of the MCP server ${words} must be an object of texts.`);
    const { definition, problems } = checkDefinition(rest);
    if (definition === undefined) throw new OmniError("config.invalid", `The MCP server ${words}: ${problems.filter((problem) => problem.isFatal).map((problem) => problem.message).join("; ")}.`);
    return toOptions(words, definition, inheritedEnv);
  },
};

/** Every value has been checked by now; the guards here only tell the compiler. */
function toOptions(name: string, definition: JsonObject, inheritedEnv: JsonObject): McpToolOptions {
  const { type, command, args, env, cwd, url, headers, timeoutMs, idleTimeoutMs, disabled, trusted, allow } = definition;
  return {
    name,
    type: type === "stdio" || type === "sse" ? type : "http",
    args: toTexts(args) ?? [],
    env: toTable(env),
    inheritedEnv: toTable(inheritedEnv),
    headers: toTable(headers),
    timeoutMs: typeof timeoutMs === "number" ? timeoutMs : defaultTimeoutMs,
    disabled: disabled === true,
    trusted: trusted === true,
    ...optional("command", toWords(command)),
    ...optional("cwd", toWords(cwd)),
    ...optional("url", toWords(url)),
    ...optional("idleTimeoutMs", typeof idleTimeoutMs === "number" ? idleTimeoutMs : undefined),
    ...optional("allow", toTexts(allow)),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [Name in Key]?: Value } {
  const entry: { [Name in Key]?: Value } = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}

function toTexts(value: unknown): readonly string[] | undefined {
  return isJsonList(value) ? value.filter((each) => typeof each === "string") : undefined;
}

function toTable(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(isJsonObject(value) ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
