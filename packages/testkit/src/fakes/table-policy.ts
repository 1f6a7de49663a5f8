import type { ActionKind, Autonomy, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";

/** What a table policy does by itself. */
export interface TablePolicyOptions {
  /** Of turns that bring none; `supervised` when absent. */
  readonly autonomy?: Autonomy;
  /** Verdicts by tool name, before the table and above it: for tests that need one at once. */
  readonly verdicts?: Readonly<Record<string, PolicyDecision["verdict"]>>;
}

const table: Readonly<Record<ActionKind, Readonly<Record<Autonomy, PolicyDecision["verdict"]>>>> = {
  internal: { readonly: "allow", supervised: "allow", full: "allow" },
  read: { readonly: "allow", supervised: "allow", full: "allow" },
  "read-open": { readonly: "deny", supervised: "ask", full: "allow" },
  write: { readonly: "deny", supervised: "ask", full: "allow" },
  execute: { readonly: "deny", supervised: "ask", full: "allow" },
  configure: { readonly: "deny", supervised: "ask", full: "ask" },
};

/** Makes a policy that is the table of actions and autonomies and a floor of few words. Its home is that of the fake host. */
export function createTablePolicy({ autonomy = "supervised", verdicts = {} }: TablePolicyOptions = {}): SecurityPolicy {
  const decide = (request: PolicyRequest): PolicyDecision => {
    try {
      const given = Object.hasOwn(verdicts, request.tool) ? verdicts[request.tool] : undefined;
      return given === undefined ? judge(request) : { verdict: given, rule: "given", reason: "The test says so." };
    } catch {
      return deny("not-understood");
    }
  };
  return { autonomy, decide };
}

function judge(request: PolicyRequest): PolicyDecision {
  const { kind, paths = [], hosts = [], recipients = [], argv = [], ...unknown } = request.action;
  const texts = [paths, hosts, recipients, argv].every((list) => Array.isArray(list) && list.every((each) => typeof each === "string"));
  const isKnown = typeof request.tool === "string" && typeof request.trusted === "boolean" && Array.isArray(request.principal.scopes) && Object.keys(unknown).length === 0;
  if (!texts || !isKnown || !/^(read|keyed|once)$/.test(request.effect) || !Object.hasOwn(table, kind)) return deny("not-understood");
  if (!request.principal.scopes.includes("chat")) return deny("no-chat-scope");
  const workspace = request.workspace.replace(/\/+$/, "");
  if (!/^[^\\\0]*$/.test(workspace) || !request.workspace.startsWith("/")) return deny("not-understood");
  for (const path of paths) if (!isInside(path, workspace)) return deny("outside-workspace");
  for (const host of hosts) if (!isPublic(host)) return deny("private-network");
  const row = argv.length > 0 && kind !== "configure" ? "execute" : toRow(request, paths.length + hosts.length);
  const verdict = Object.hasOwn(table[row], request.autonomy) ? table[row][request.autonomy] : "deny";
  return { verdict, rule: `${row}.${verdict}`, reason: `The table says ${verdict}.` };
}

function toRow({ trusted, action }: PolicyRequest, touched: number): ActionKind {
  if (action.kind === "execute" || action.kind === "configure") return action.kind;
  if (!trusted) return action.kind === "read" || action.kind === "read-open" ? "read-open" : "write";
  if (action.kind === "internal" && touched > 0) return "write";
  return action.kind === "read" && (action.hosts ?? []).length > 0 ? "read-open" : action.kind;
}

function deny(rule: string): PolicyDecision {
  return { verdict: "deny", rule, reason: `The fake policy refuses: ${rule}.` };
}

function isInside(path: string, workspace: string): boolean {
  if (!path.isWellFormed() || /[\\\p{Cc}\u200b\u202e\ufeff]|^~|^\$\{|^\$\w+\/|^[a-z]:|^file:|:\/\/|[^/]{256}|.{4097}/iu.test(path)) return false;
  const full = new URL(`file://${(path.startsWith("/") ? path : `${workspace}/${path}`).split("/").map(encodeDots).join("/")}`).pathname;
  const plain = full.replace(/\/+/g, "/");
  const isOwn = `${plain}/`.startsWith("/home/omni/") && !`${plain}/`.startsWith("/home/omni/workspace/");
  return `${plain}/`.startsWith(`${workspace}/`) && !isOwn;
}

/** Percent signs are letters of a name; only `.` and `..` are steps. */
function encodeDots(name: string): string {
  return name === "." || name === ".." ? name : encodeURIComponent(name);
}

function isPublic(host: string): boolean {
  const bare = host.includes("[") || host.split(":").length < 3 ? host : `[${host}]`;
  const name = /[\s/\\@#]/.test(bare) ? undefined : URL.parse(`http://${bare}/`)?.hostname.replace(/\.$/, "");
  if (name === undefined || name === "") return false;
  if (name.startsWith("[")) return /^\[(2[4-9a-f]|::ffff:808:808)/.test(name);
  if (/^[\d.]+$/.test(name)) return !/^(0|10|127|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|169\.254|172\.(1[6-9]|2\d|3[01])|192\.(0|168)|198\.1[89]|168\.63|22[4-9]|2[3-5]\d)\./.test(name);
  return name.includes(".") && !/\.(localhost|local|internal|lan|arpa)$/.test(name);
}
