import type { JsonObject, JsonValue, ToolContext, Toolset } from "@omni/core";

/** A call that a case may make. */
export interface ToolSample {
  /** Full name of the tool. */
  readonly tool: string;
  /** Arguments that satisfy its schema. */
  readonly input: JsonObject;
}

/** A toolset with a world of its own, in which a case may call it. */
export interface ToolsetPlace {
  readonly toolset: Toolset;
  /** Calls that succeed, at least one for every tool. Those of effect `read` must not depend on the others. */
  readonly samples: readonly ToolSample[];
  /** Calls that fit the schema and fail. */
  readonly failing: readonly ToolSample[];
  /** A call that takes minutes unless it is stopped; needed by the ability `waits`. */
  readonly slow?: ToolSample;
  /** What the calls can change, as it is now. */
  state(): Promise<JsonValue>;
  /** Lets time go by. Where the toolset does real input and output, that is real time. */
  elapse(milliseconds: number): Promise<void>;
  /** Makes the list of tools change once; needed by the ability `changes`. */
  change?(): Promise<void>;
  /** Frees the place. The toolset may be closed by then or not. */
  dispose(): Promise<void>;
  /** Absolute path of the workspace of its calls. Default `/home/omni/workspace`. */
  readonly workspace?: string;
}

/** A context for a call outside of any turn: steps are run and forgotten, nobody can be asked. */
export function createToolContext(overrides: Partial<ToolContext> = {}): ToolContext {
  return {
    sessionId: "test:default",
    turnId: "turn-1",
    callId: "r1c0",
    workspace: "/home/omni/workspace",
    guard: () => undefined,
    idempotencyKey: "turn-1:r1c0",
    scopes: [{ scope: "session", owner: "test:default" }],
    keepIn: { scope: "session", owner: "test:default" },
    signal: new AbortController().signal,
    step: (_name, body) => body(),
    ask: () => Promise.reject(new Error("nobody can be asked here")),
    progress: async () => undefined,
    ...overrides,
  };
}
