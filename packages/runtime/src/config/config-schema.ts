import type { JsonSchema } from "@omni/core";

/** The version of `omni.json` that this code writes and reads without migration. */
export const configVersion = 1;

/** Longest time a timer of the platform can hold, milliseconds (2^31 - 1). */
const longestTimer = 2_147_483_647;

const options: JsonSchema = {
  type: "object",
  description: "The implementation's own options.",
  additionalProperties: true,
};

const choiceProperties: JsonSchema = {
  use: {
    type: "string",
    minLength: 1,
    description: "A shipped name, a path from the configuration's folder, or a package name.",
  },
  with: options,
};

/** A slot must say what fills it. */
const choice: JsonSchema = {
  type: "object",
  title: 'an object like { "use": "name" }',
  properties: choiceProperties,
  required: ["use"],
  additionalProperties: false,
};

/** In a map of parts the key is the name to use unless `use` says otherwise. */
const keyedChoice: JsonSchema = {
  type: "object",
  title: 'an object like {} or { "use": "name" }',
  properties: choiceProperties,
  additionalProperties: false,
};

const off: JsonSchema = { type: "boolean", enum: [false], title: "false" };

function milliseconds(description: string, value: number): JsonSchema {
  return { type: "integer", minimum: 1, maximum: longestTimer, default: value, description };
}

const agent: JsonSchema = {
  type: "object",
  description: "Bounds of a turn.",
  additionalProperties: false,
  properties: {
    maxRounds: { type: "integer", minimum: 1, default: 30, description: "Most model calls of a turn." },
    repeatLimit: { type: "integer", minimum: 1, default: 3, description: "Identical calls of a turn that run before the next is stopped." },
    turnTimeoutMs: milliseconds("Most wall time of a turn, milliseconds.", 300_000),
    toolTimeoutMs: milliseconds("Most wall time of one tool call, milliseconds.", 120_000),
    maxTokens: { type: "integer", minimum: 1, description: "Most tokens of a turn, input and output; absent for no bound." },
    contextTokens: {
      anyOf: [
        { type: "string", enum: ["auto"] },
        { type: "integer", minimum: 256 },
      ],
      default: "auto",
      description: "Size of the model's context in tokens; auto asks the provider.",
    },
    memoryScope: {
      type: "string",
      enum: ["session", "user", "agent", "global"],
      default: "session",
      description: "The widest scope in which memories are kept and looked for; with session nothing said in one session is known in another.",
    },
    maxConcurrentTurns: { type: "integer", minimum: 1, maximum: 1_024, default: 64, description: "Most turns that run at the same time in one process; one that waits for a person, or for another process, does not count." },
    maxQueuedTurns: { type: "integer", minimum: 1, maximum: 10_000, default: 1_000, description: "Most turns that may wait in one session; further messages are refused, and their senders told." },
    queueMode: {
      type: "string",
      enum: ["queue", "steer", "collect", "interrupt"],
      default: "queue",
      description: "What becomes of a message that comes while a turn of its session runs, where neither it nor the session (/queue) says.",
    },
  },
};

const gateway: JsonSchema = {
  type: "object",
  description: "Where the gateway listens and what it takes.",
  additionalProperties: false,
  properties: {
    host: { type: "string", minLength: 1, default: "127.0.0.1", description: "The address to listen on." },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 7_777, description: "The port; 0 picks a free one." },
    maxBodyBytes: { type: "integer", minimum: 1, maximum: 1_073_741_824, default: 1_048_576, description: "Most bytes of a request's body." },
  },
};

/**
 * Everything `omni.json` may say: the one source of validation, warnings,
 * built-in values (`default`), the schema file for editors and
 * `docs/configuration.md`. `x-reserved` marks what is read and has no effect
 * yet; `x-closed` marks where an unknown key stops the start, because it may
 * be a misspelt restriction.
 */
export const configSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "omni.json",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string", description: "The schema file beside this one, for editors." },
    version: { type: "integer", minimum: 1, default: configVersion, description: "Version of this file's form." },
    provider: { anyOf: [{ type: "string", minLength: 1, title: 'a name of "providers"' }, choice], description: "The model." },
    memory: { anyOf: [off, choice], description: "What is remembered beyond a session; false turns it off." },
    window: { ...choice, description: "Which turns of a session the model sees." },
    policy: { ...choice, "x-closed": true, description: "What may be done without asking." },
    store: { ...choice, description: "The record of sessions and turns." },
    embedder: { anyOf: [off, choice], description: "Text to vectors; false for words alone." },
    sandbox: {
      ...choice,
      "x-closed": true,
      description: "What contains the programs that tools start; auto and none contain nothing yet.",
    },
    workspace: { type: "string", minLength: 1, description: "The folder to work in; ~ is the user's own, a relative path starts at this file." },
    tools: { type: "object", additionalProperties: { anyOf: [off, keyedChoice] }, description: "Toolsets by name; false removes one." },
    hooks: { type: "array", items: choice, description: "Hooks, in the order they run." },
    channels: { type: "object", additionalProperties: { anyOf: [off, keyedChoice] }, description: "Ways to talk to the agent, by name; the gateway starts them." },
    gateway,
    agent,
    trustedWorkspaces: {
      type: "object",
      additionalProperties: { type: "string", minLength: 1 },
      description: "Folders whose `.mcp.json` counts, each with the hash of that file; `omni mcp servers trust` writes it.",
    },
    providers: { type: "object", additionalProperties: choice, description: "Further models, for `provider` to name." },
    agents: { type: "object", additionalProperties: { type: "object", additionalProperties: true }, "x-reserved": true, description: "Further agents that inherit this one." },
  },
};
