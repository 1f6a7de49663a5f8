import type { Action, ActionKind, Autonomy, Host, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";
import type { Cell } from "./policy-table.ts";
import type { Sensitivity } from "./sensitive-path.ts";
import type { WorkspacePolicyOptions } from "./workspace-policy-options.ts";
import { show, toFloorDecision } from "./hard-floor.ts";
import { isUnderstood } from "./policy-request.ts";
import { policyTable, readActing, readSecret } from "./policy-table.ts";
import { resolvePath } from "./path-floor.ts";
import { toHostName } from "./host-floor.ts";
import { toSensitivity } from "./sensitive-path.ts";

/** Makes the default policy: the table of actions and autonomies, over a floor that nothing passes. Of the host only the paths are used. */
export function createWorkspacePolicy(options: WorkspacePolicyOptions, host: Pick<Host, "paths">): SecurityPolicy {
  const decide = (request: PolicyRequest): PolicyDecision => {
    try {
      return judge(request, options, host);
    } catch {
      return notUnderstood;
    }
  };
  return { autonomy: options.autonomy, decide };
}

const notUnderstood: PolicyDecision = { verdict: "deny", rule: "not-understood", reason: "The call says what it would do in a form this policy does not know. The tool must name one of the known kinds of action, and its paths and hosts." };

/** The rules in their order: what is understood, who asks, what the owner denied, the floor, the table. */
function judge(request: unknown, options: WorkspacePolicyOptions, host: Pick<Host, "paths">): PolicyDecision {
  if (!isUnderstood(request)) return notUnderstood;
  const { tool, principal } = request;
  if (!principal.scopes.includes("chat")) {
    return { verdict: "deny", rule: "no-chat-scope", reason: `${show(String(principal.id))} has no scope "chat", without which nothing is run. Use a token that has it.` };
  }
  const denied = options.deny.find((pattern) => isMatch(tool, pattern));
  if (denied !== undefined) return { verdict: "deny", rule: "denied-tool", reason: `${show(tool)} is denied by ${show(denied)} in policy.with.deny.` };
  return toFloorDecision(request, host.paths) ?? toTableDecision(request, options);
}

/** The row of the action's kind, or what its sensitive paths demand, whichever is stricter. */
function toTableDecision(request: PolicyRequest, options: WorkspacePolicyOptions): PolicyDecision {
  const kind = toRow(request);
  const plain = toDecision({ kind, row: kind, cell: policyTable[kind][request.autonomy] }, request, options);
  const sensitivity = toWorstSensitivity(request);
  if (sensitivity === undefined) return plain;
  const isRead = kind === "read";
  const row = isRead ? (sensitivity === "secret" ? readSecret : readActing) : policyTable.configure;
  const judged = { kind, row: `${isRead ? "read" : "write"}-${sensitivity}`, cell: row[request.autonomy] };
  const sensitive = toDecision(judged, request, options);
  if (strictness[plain.verdict] > strictness[sensitive.verdict]) return plain;
  return { ...sensitive, reason: `${sensitiveReason[sensitivity]} ${sensitive.reason}` };
}

const strictness: Readonly<Record<PolicyDecision["verdict"], number>> = { allow: 0, ask: 1, deny: 2 };

const sensitiveReason: Readonly<Record<NonNullable<Sensitivity>, string>> = {
  secret: "A path of the call usually holds keys.",
  acting: "A path of the call holds what runs by itself later, or what models take for instructions.",
};

/** The row an action is judged by: never a milder one than it names, and a stranger's tool never runs as our own. */
function toRow({ trusted, effect, action }: PolicyRequest): ActionKind {
  if (action.kind === "execute" || action.kind === "configure") return action.kind;
  if (hasAny(action.argv)) return "execute";
  if (!trusted) return (action.kind === "read" || action.kind === "read-open") && effect === "read" ? "read-open" : "write";
  if (action.kind === "internal") return hasAny(action.paths) || hasAny(action.hosts) || hasAny(action.recipients) ? "write" : "internal";
  if (action.kind === "read" && hasAny(action.recipients)) return "write";
  return action.kind === "read" && hasAny(action.hosts) ? "read-open" : action.kind;
}

function hasAny(list: Action["paths"]): boolean {
  return list !== undefined && list.length > 0;
}

/** The worst of an action's paths, by their names below the workspace. */
function toWorstSensitivity({ action, workspace }: PolicyRequest): Sensitivity {
  const base = toPlainPath(workspace, "/");
  const found = (action.paths ?? []).map((path) => toSensitivity(toPlainPath(path, base).slice(base.length)));
  return found.find((each) => each === "secret") ?? found.find((each) => each !== undefined);
}

/** A path that the floor has let through, resolved. */
function toPlainPath(path: string, base: string): string {
  const resolved = resolvePath(path, base);
  return "path" in resolved ? resolved.path : path;
}

/** What the rows are, for people. */
const doing: Readonly<Record<ActionKind, string>> = {
  internal: "only touches the turn itself",
  read: "only reads inside the workspace, memory or sessions",
  "read-open": "reads from the open world",
  write: "changes something, or comes from a server that nobody trusts",
  execute: "runs a program",
  configure: "changes what may run, what is set, or who is reached",
};

/** A cell of the table, the row it stands in, and the kind of action it judges. */
interface Judged {
  readonly kind: ActionKind;
  readonly row: string;
  readonly cell: Cell;
}

function toDecision({ kind, row, cell }: Judged, request: PolicyRequest, options: WorkspacePolicyOptions): PolicyDecision {
  const { tool, autonomy } = request;
  const what = `${show(tool)} ${doing[kind]}`;
  const rule = `${row}.${autonomy}`;
  if (cell === "allow") return { verdict: "allow", rule, reason: `${what}; autonomy ${autonomy} lets it run.` };
  if (cell === "deny") return { verdict: "deny", rule, reason: `${what}; autonomy ${autonomy} refuses it. ${mendOf(autonomy)}` };
  if (cell === "contained") return toContained(what, rule, options);
  if (cell === "ask-unless-allowed") {
    const pattern = options.allow.find((each) => isMatch(tool, each));
    if (pattern !== undefined) return { verdict: "allow", rule: "allowed-tool", reason: `${what}; ${show(pattern)} in policy.with.allow lets it run.` };
    if (kind === "read-open" && areHostsAllowed(request.action, options)) return { verdict: "allow", rule: "allowed-host", reason: `${what}; policy.with.allowHosts lets it run.` };
    const hosts = kind === "read-open" && hasAny(request.action.hosts) ? ", or its hosts to policy.with.allowHosts" : "";
    return { verdict: "ask", rule, reason: `${what}; a person must approve it. To let it run without asking, add ${show(tool)} to policy.with.allow${hosts}.` };
  }
  return { verdict: "ask", rule, reason: `${what}; a person must approve it.` };
}

function mendOf(autonomy: Autonomy): string {
  return autonomy === "readonly" ? 'Use --autonomy supervised, or set policy.with.autonomy to "supervised".' : "";
}

/** Until a sandbox contains programs, only the owner's word lets them run by themselves. */
function toContained(what: string, rule: string, options: WorkspacePolicyOptions): PolicyDecision {
  if (options.unsandboxedShell) return { verdict: "allow", rule: "unsandboxed", reason: `${what}, uncontained; policy.with.unsandboxedShell lets it run.` };
  return { verdict: "deny", rule, reason: `${what}, and nothing contains programs here. Use autonomy supervised to be asked, or set policy.with.unsandboxedShell to true to let them run uncontained.` };
}

function areHostsAllowed({ hosts = [] }: Action, { allowHosts }: WorkspacePolicyOptions): boolean {
  return hosts.length > 0 && hosts.every((host) => {
    const name = toHostName(host) ?? "";
    return allowHosts.some((pattern) => (pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern));
  });
}

/** True where a pattern is the tool's name, `owner.*` for it, or `*`. */
function isMatch(tool: string, pattern: string): boolean {
  return pattern === "*" || pattern === tool || (pattern.endsWith(".*") && tool.startsWith(pattern.slice(0, -1)));
}
