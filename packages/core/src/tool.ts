import type { Action } from "./security-policy.ts";
import type { ContentBlock } from "./content.ts";
import type { FileGuard } from "./files.ts";
import type { JsonObject, JsonSchema, JsonValue } from "./json.ts";
import type { ScopeReference } from "./memory.ts";

/** MCP's hints. They decide the effect of native tools and of servers a person trusts, of no others. */
export interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

/**
 * What repeating a call does. `read`: nothing, so calls may run in parallel
 * and again after a crash. `keyed`: nothing more, when the same
 * `idempotencyKey` is given. `once`: unknown, so a call whose result was lost
 * is reported as unknown and never run again by itself.
 */
export type Effect = "read" | "keyed" | "once";

/** A question to a person that outlives the process. */
export interface AskRequest {
  readonly question: string;
  readonly choices?: readonly string[];
}

/** What a running call may use. */
export interface ToolContext {
  readonly sessionId: string;
  readonly turnId: string;
  readonly callId: string;
  /** Absolute path of the turn's workspace. */
  readonly workspace: string;
  /** The policy's word on each file that the call comes to, be it through a link or in a folder. Whoever opens files in the workspace hands it to `files.within`. */
  readonly guard: FileGuard;
  /** Stable over re-runs of the same call after a crash. */
  readonly idempotencyKey: string;
  /** Where this turn looks for memories, the narrowest scope first. */
  readonly scopes: readonly ScopeReference[];
  /** Where this turn keeps what it learns. */
  readonly keepIn: ScopeReference;
  /** Aborted on cancel, timeout and limit. A tool ends within one second of it. */
  readonly signal: AbortSignal;
  /** Runs `body` once and journals its result under `name`: after a crash the recorded result is returned instead. */
  step<T extends JsonValue>(name: string, body: () => Promise<T>): Promise<T>;
  /** Asks the person and waits, also across restarts. Rejects with `ask.unanswered` where nobody can be asked. A question that is open when the call ends is closed, and this rejects. */
  ask(request: AskRequest): Promise<string>;
  /** Tells how far the call is; shown live, not kept. */
  progress(text: string): Promise<void>;
}

/** The outcome of a call, in MCP's shape. A failure of the tool's own is `isError: true`, not an exception. */
export interface ToolResult {
  readonly content: readonly ContentBlock[];
  readonly isError?: boolean;
  readonly structuredContent?: JsonObject;
  /**
   * Of a trusted tool that passes on what strangers wrote: where it is from.
   * A model gets its texts in a frame of that name, as data, and what is made
   * of them is not vouched for. What a tool that is not trusted gives is always
   * taken so.
   */
  readonly foreignSource?: string;
}

/**
 * One capability, in MCP's shape.
 *
 * Obligations of an implementer:
 * - `inputSchema` is an object schema; `execute` is only called with arguments that satisfy it.
 * - `execute` returns a result, `isError: true` for failures the model should
 *   read. What it throws becomes such a result too.
 * - It honours `context.signal` within one second and leaves nothing running.
 * - `action` names what a call would do before it is done, so that the policy
 *   can judge it. It is pure. Without it the effect decides: `read` is a
 *   read inside the workspace for native tools, anything else a write.
 */
export interface Tool {
  /** `owner.command`, unique in the registry. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly annotations?: ToolAnnotations;
  /** Overrides what the annotations say. */
  readonly effect?: Effect;
  action?(input: JsonObject): Action;
  execute(input: JsonObject, context: ToolContext): Promise<ToolResult>;
}

/**
 * Tools that belong together and may change over time: a native set, one MCP
 * server, the installed skills.
 *
 * Obligations: `tools` answers from what is known now and never waits for a
 * slow server; `changed` is called after the list changed, at most once a tick.
 */
export interface Toolset {
  /** The first part of its tools' names. */
  readonly owner: string;
  /** False where what the tools say of themselves must not be believed. */
  readonly trusted: boolean;
  /** The tools that can be called now, in a stable order. */
  tools(): readonly Tool[];
  /**
   * Resolves when the tools have been listed for the first time, or will not
   * be soon; never rejects. Absent where the list is always known. Whoever
   * waits for it bounds the wait. What has to be started for the list is
   * started by the first call of this: a command that needs no tools starts
   * no server.
   */
  ready?(): Promise<void>;
  /** Subscribes to changes of the list; returns how to unsubscribe. */
  onChange(changed: () => void): () => void;
  /**
   * Removes all that its tools keep on their own of a session that is erased,
   * no turn of which runs. Idempotent. Rejects where something of it is left:
   * the session then stays listed and can be erased again. Absent where its
   * tools keep nothing of a session.
   */
  forgetSession?(sessionId: string): Promise<void>;
  /** Ends everything it started. Idempotent. */
  close(): Promise<void>;
}
