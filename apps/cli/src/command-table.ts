import type { CommandSpec, FlagSpec } from "./command-spec.ts";
import { accessSpecs } from "./commands/access-specs.ts";
import { memorySpecs } from "./commands/memory/memory-specs.ts";
import { stateSpecs } from "./commands/state/state-specs.ts";
import { newPackageSpec } from "./new/new-package-spec.ts";
import { mcpSpec } from "./commands/mcp/mcp-spec.ts";
import { mcpServersSpec } from "./commands/mcp/mcp-servers-spec.ts";

const autonomy: FlagSpec = { type: "text", value: "LEVEL", about: "how far it may go by itself", choices: ["readonly", "supervised", "full"] };
const workspace: FlagSpec = { type: "text", value: "DIR", about: "the folder its tools work in (else the configured one, else the current folder)" };
const limit: FlagSpec = { type: "whole", value: "N", about: "most entries", least: 1, most: 1_000_000 };

/** What a turn can be given on the command line. */
const turn: Readonly<Record<string, FlagSpec>> = {
  workspace,
  model: { type: "text", value: "ID", about: "the model to use" },
  "max-rounds": { type: "whole", value: "N", about: "most model calls", least: 1, most: 10_000 },
  autonomy,
  timeout: { type: "number", value: "S", about: "most seconds for the turn", least: 0.001, most: 2_147_483 },
  quiet: { type: "switch", about: "no progress on stderr, errors only" },
};

const session: FlagSpec = { type: "text", value: "ID", about: "the session to talk in, CHANNEL:CONVERSATION or the conversation alone" };

const run: CommandSpec = {
  name: "run",
  operands: '"task" | -',
  count: [1, Number.MAX_SAFE_INTEGER],
  about: "One task, one turn: the answer on stdout, progress on stderr",
  details: ["Without --session each run is a session of its own. - reads the task from stdin.", "Without a terminal every ask is answered no. Ctrl+C cancels the turn."],
  flags: { session, ...turn, gateway: { type: "switch", about: "the same as omni gateway, with its flags" } },
  examples: [
    ['omni run "what is in this folder?"', "answers and ends"],
    ["git diff | omni run -", "reads the task from stdin"],
    ['omni run --json --session review "go on"', "one JSON object, in the session cli:review"],
  ],
  load: async () => (await import("./commands/run.ts")).run,
};

const agent: CommandSpec = {
  name: "agent",
  operands: "",
  count: [0, 0],
  about: "A chat in the terminal; -m for one message",
  details: [
    "Goes on in the session cli:default, or in that of --session. /help lists the chat commands; Ctrl+C stops the turn, Ctrl+D leaves.",
    "Without a terminal each line of stdin is a message, answers are plain on stdout, and every ask is answered no.",
  ],
  flags: { message: { type: "text", value: "TEXT", about: "one message and its answer, then ends", short: "m" }, session, ...turn },
  examples: [
    ["omni agent", "a chat that remembers the last one"],
    ['omni agent -m "and in German?"', "one message in the same session"],
    ["omni agent --session review", "a chat in the session cli:review"],
  ],
  load: async () => (await import("./commands/agent.ts")).agent,
};

const stdio: CommandSpec = {
  name: "stdio",
  operands: "",
  count: [0, 0],
  about: "One message a line in, one answer a message out, in order",
  details: ["stdout carries answers only; a message that failed is an empty line there and a line on stderr. End of input ends with 0.", 'With --json a line in is { "message", "sessionId"? } and a line out is the outcome, or { "error" }.'],
  flags: { session, ...turn },
  examples: [
    ["omni stdio --session notes", "a conversation, line by line"],
    ["omni stdio --json < messages.jsonl", "many messages, also of several sessions"],
  ],
  load: async () => (await import("./commands/stdio.ts")).stdio,
};

const gateway: CommandSpec = {
  name: "gateway",
  operands: "",
  count: [0, 0],
  about: "The long-lived process: HTTP and the owner's socket over one loop",
  details: ["SIGTERM and Ctrl+C let running turns end and leave with 0. A home has one gateway."],
  flags: {
    host: { type: "text", value: "ADDRESS", about: "where it listens, 127.0.0.1 by default" },
    port: { type: "whole", value: "N", about: "the port, 7777 by default; 0 picks one", least: 0, most: 65_535 },
    "public-host": { type: "text", value: "LIST", about: "names a proxy with TLS serves it under, with commas; only then may it listen beyond this machine" },
    stdio: { type: "switch", about: "also takes messages from stdin, as omni stdio does" },
  },
  examples: [
    ["omni gateway", "listens on http://127.0.0.1:7777"],
    ["omni gateway --port 0 --json", 'the first line is { "url", "pid", "home" } once it listens'],
  ],
  load: async () => (await import("./commands/gateway.ts")).gateway,
};

const sessions: readonly CommandSpec[] = [
  {
    name: "sessions list",
    operands: "",
    count: [0, 0],
    about: "The sessions, latest first",
    flags: { limit },
    examples: [["omni sessions list --json", '{ "sessions": [{ "sessionId", "turns", "toolCalls", "updatedAt" }] }']],
    load: async () => (await import("./commands/sessions.ts")).listSessions,
  },
  {
    name: "sessions show",
    operands: "ID",
    count: [1, 1],
    about: "One session: its numbers and its turns",
    flags: { limit, budget: { type: "switch", about: "what the newest request to the model was made of" } },
    examples: [
      ["omni sessions show cli:review --limit 5", "its five newest turns"],
      ["omni sessions show cli:review --limit 1 --budget", "what fills the model's context"],
    ],
    load: async () => (await import("./commands/sessions.ts")).showSession,
  },
  {
    name: "sessions export",
    operands: "ID",
    count: [1, 1],
    about: "The whole transcript on stdout",
    flags: { format: { type: "text", value: "FORMAT", about: "jsonl has one turn a line, markdown is for reading", choices: ["jsonl", "markdown"] } },
    examples: [["omni sessions export cli:review --format markdown > review.md", "a transcript to read"]],
    load: async () => (await import("./commands/export-session.ts")).exportSession,
  },
  {
    name: "sessions reset",
    operands: "ID",
    count: [1, 1],
    about: "The model no longer sees the earlier turns; the transcript stays",
    flags: {},
    examples: [["omni sessions reset cli:review", "the next message starts afresh"]],
    load: async () => (await import("./commands/change-sessions.ts")).resetSession,
  },
  {
    name: "sessions resume",
    operands: "ID [text]",
    count: [1, Number.MAX_SAFE_INTEGER],
    about: "Shows where a session stands, or goes on in it",
    flags: { limit, ...turn },
    examples: [
      ["omni sessions resume cli:review", "its newest turns, and how to go on"],
      ['omni sessions resume cli:review "now fix it"', "a turn in that session"],
    ],
    load: async () => (await import("./commands/change-sessions.ts")).resumeSession,
  },
  {
    name: "sessions delete",
    operands: "ID",
    count: [1, 1],
    about: "Erases a session everywhere, for good",
    flags: { yes: { type: "switch", about: "do not ask" } },
    examples: [["omni sessions delete cli:review --yes", "transcript, results and kept texts are gone"]],
    load: async () => (await import("./commands/delete-session.ts")).deleteSession,
  },
];

const tools: readonly CommandSpec[] = [
  {
    name: "tools list",
    operands: "",
    count: [0, 0],
    about: "Every tool there is",
    flags: {},
    examples: [["omni tools list --json", "names, descriptions, schemas and effects"]],
    load: async () => (await import("./commands/tools.ts")).listTools,
  },
  {
    name: "tools search",
    operands: "WORDS",
    count: [1, Number.MAX_SAFE_INTEGER],
    about: "The tools whose name or description has these words",
    flags: { limit },
    examples: [["omni tools search read file", "the best fit first"]],
    load: async () => (await import("./commands/tools.ts")).searchTools,
  },
  {
    name: "tools call",
    operands: "NAME ['{json}' | -]",
    count: [1, 2],
    about: "Runs one tool under the policy, as a recorded turn without a model",
    details: ["- reads the arguments from stdin. Exits 3 when it was denied or not approved."],
    flags: { workspace, autonomy, quiet: turn["quiet"] ?? { type: "switch", about: "no progress" } },
    examples: [[`omni tools call files.read '{"path":"README.md"}'`, "prints the file"]],
    load: async () => (await import("./commands/call-tool.ts")).callTool,
  },
];

const config: readonly CommandSpec[] = [
  {
    name: "config get",
    operands: "[PATH]",
    count: [0, 1],
    about: "A value, or all of it; secrets stay references",
    flags: {},
    examples: [["omni config get provider.with.model", "the model"]],
    load: async () => (await import("./commands/config.ts")).getConfig,
  },
  {
    name: "config set",
    operands: "PATH VALUE",
    count: [2, 2],
    about: "Sets a value (JSON, else a text); comments stay, and a wrong value changes nothing",
    flags: {},
    examples: [
      ["omni config set provider.with.model gpt-5", "a text"],
      ["omni config set gateway.port 7778", "a number"],
    ],
    load: async () => (await import("./commands/config.ts")).setConfig,
  },
  {
    name: "config validate",
    operands: "",
    count: [0, 0],
    about: "Checks omni.json, unknown keys too; exits 2 when something is wrong",
    flags: {},
    examples: [["omni config validate", "each problem with line and column"]],
    load: async () => (await import("./commands/config.ts")).validateConfig,
  },
  {
    name: "config schema",
    operands: "",
    count: [0, 0],
    about: "The JSON Schema of omni.json",
    flags: {},
    examples: [["omni config schema > omni.schema.json", "for an editor"]],
    load: async () => (await import("./commands/config.ts")).showSchema,
  },
  {
    name: "config path",
    operands: "",
    count: [0, 0],
    about: "Where omni.json is, or would be",
    flags: {},
    examples: [["$EDITOR $(omni config path)", "edits it"]],
    load: async () => (await import("./commands/config.ts")).showConfigPath,
  },
];

const doctor: CommandSpec = {
  name: "doctor",
  operands: "",
  count: [0, 0],
  about: "Looks at everything a turn needs and says how it is; ends with 1 when something is broken",
  flags: {},
  examples: [["omni doctor", "config, home, gateway, store, memory, model, tools and boundary, a line each"]],
  load: async () => (await import("./commands/doctor.ts")).doctor,
};

const status: CommandSpec = {
  name: "status",
  operands: "",
  count: [0, 0],
  about: "How things stand: gateway, model, sessions, servers, on one screen",
  details: ["It starts nothing and judges nothing; omni doctor does."],
  flags: {},
  examples: [["omni status", "a line for each"]],
  load: async () => (await import("./commands/status.ts")).status,
};

/** Every command there is, in the order help shows them. */
export const commands: readonly CommandSpec[] = [run, agent, stdio, gateway, doctor, status, ...sessions, ...memorySpecs, ...stateSpecs, ...tools, mcpSpec, mcpServersSpec, ...config, ...accessSpecs, newPackageSpec];
