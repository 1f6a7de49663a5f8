import type { HostPaths, JsonObject, MemoryScope, QueueMode } from "@omni/core";

/** Which implementation fills a slot, and its own options as they stand in the file. */
export interface SlotChoice {
  /** A name of the registry's table, a path from the configuration's folder, or a package name. */
  readonly use: string;
  readonly with: JsonObject;
}

/** Bounds of the agent. */
export interface AgentConfig {
  /** Most model calls of a turn. */
  readonly maxRounds: number;
  /** Identical calls of a turn that run before the next is stopped. */
  readonly repeatLimit: number;
  /** Most wall time of a turn, milliseconds. */
  readonly turnTimeoutMs: number;
  /** Most wall time of one tool call, milliseconds. */
  readonly toolTimeoutMs: number;
  /** Most tokens of a turn, input and output; absent for no bound. */
  readonly maxTokens?: number;
  /** Size of the model's context in tokens; `auto` asks the provider. */
  readonly contextTokens: number | "auto";
  /** The widest scope in which memories are kept and looked for. */
  readonly memoryScope: MemoryScope;
  /** Most turns that run at the same time in one process; one that waits for a person, or for another process, does not count. */
  readonly maxConcurrentTurns: number;
  /** Most turns that may wait in one session; further messages are refused with `session.full`. */
  readonly maxQueuedTurns: number;
  /** What becomes of a message that comes while a turn of its session runs, where neither it nor the session says. */
  readonly queueMode: QueueMode;
}

/** Where the gateway listens and what it takes. */
export interface GatewayConfig {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly maxBodyBytes: number;
}

/** A configuration, complete and checked: files, environment, flags and defaults have met. */
export interface Config {
  /** The file it came from, whether or not it exists. */
  readonly path: string;
  /** Folder of that file: relative `use` paths start here. */
  readonly configDir: string;
  /** The folder the command was started in. */
  readonly cwd: string;
  readonly paths: HostPaths;
  readonly provider: SlotChoice;
  readonly memory: SlotChoice | false;
  readonly window: SlotChoice;
  readonly policy: SlotChoice;
  readonly store: SlotChoice;
  /** Text to vectors, for the memory; absent or false for words alone. */
  readonly embedder?: SlotChoice | false;
  /** What contains the programs that tools start; absent where nobody chose. */
  readonly sandbox?: SlotChoice;
  readonly tools: Readonly<Record<string, SlotChoice | false>>;
  /** Servers of `mcp.json`, by the owner of their tools. One that cannot be made costs its own tools only. */
  readonly servers?: Readonly<Record<string, SlotChoice>>;
  readonly hooks: readonly SlotChoice[];
  readonly gateway: GatewayConfig;
  readonly agent: AgentConfig;
  /** Faults that do not stop the start: unknown keys and the like, one line each. */
  readonly warnings: readonly string[];
  /** The workspace somebody named (flag, environment or file), absolute; absent when `paths.workspace` is home's own. */
  readonly workspace?: string;
  /** Ways to talk to the agent, by name; those that are broken or off are left out. */
  readonly channels?: Readonly<Record<string, SlotChoice>>;
}
