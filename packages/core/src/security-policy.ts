import type { Effect } from "./tool.ts";
import type { JsonObject } from "./json.ts";

/** How far the assistant may go by itself. `readonly` looks, `supervised` asks, `full` acts. */
export type Autonomy = "readonly" | "supervised" | "full";

/**
 * What a call would do, in the rows of the policy table:
 * `read` inside the workspace, memory or sessions; `read-open` from the open
 * world; `write` inside the workspace, or a foreign tool, or a message to a
 * known recipient; `execute` a program; `configure` installs, settings and
 * rights, or a new recipient; `internal` for what only touches the turn
 * itself (asking the person, paging a long result).
 */
export type ActionKind = "read" | "read-open" | "write" | "execute" | "configure" | "internal";

/** A typed action. Every path, host and recipient it touches is listed, so that the hard floor can be checked. */
export interface Action {
  readonly kind: ActionKind;
  /** As given: relative ones are relative to the workspace. */
  readonly paths?: readonly string[];
  readonly hosts?: readonly string[];
  readonly recipients?: readonly string[];
  readonly argv?: readonly string[];
}

/** Who is behind a turn. Authority travels with the item and is never derived again. */
export interface Principal {
  /** `owner`, `token:NAME` or `channel:ID`. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** What a principal may do at an entrance. */
export type Scope = "read" | "chat" | "approve" | "admin";

/** One question to the policy. */
export interface PolicyRequest {
  readonly tool: string;
  /** False for tools of servers that no person trusts. */
  readonly trusted: boolean;
  readonly effect: Effect;
  readonly action: Action;
  readonly arguments: JsonObject;
  readonly autonomy: Autonomy;
  /** Absolute path. */
  readonly workspace: string;
  readonly sessionId: string;
  readonly principal: Principal;
}

/** The answer, with the reason a person reads and the rule that gave it. */
export interface PolicyDecision {
  readonly verdict: "allow" | "ask" | "deny";
  readonly reason: string;
  /** Stable name of the rule, for the audit log. */
  readonly rule: string;
}

/**
 * Decides whether a call may run.
 *
 * Obligations of an implementer: `decide` is pure and synchronous, judges the
 * action and not the words of the model, and answers `deny` for what it does
 * not understand. What lies outside the workspace, in the gateway's own state
 * or in a private network is denied at every autonomy. It never throws.
 */
export interface SecurityPolicy {
  decide(request: PolicyRequest): PolicyDecision;
  /** The autonomy of turns that bring none. */
  readonly autonomy: Autonomy;
}
