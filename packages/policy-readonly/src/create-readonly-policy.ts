import type { Host, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";
import { isReadablePath } from "./readable-path.ts";
import { isUnderstood } from "./policy-request.ts";

/** Makes the policy that lets nothing but looking around the workspace run, whatever the configuration or the turn says. */
export function createReadonlyPolicy(_options: unknown, host: Pick<Host, "paths">): SecurityPolicy {
  const decide = (request: PolicyRequest): PolicyDecision => {
    try {
      return judge(request, host);
    } catch {
      return notUnderstood;
    }
  };
  return { autonomy: "readonly", decide };
}

const notUnderstood = deny("not-understood", "The call says what it would do in a form this policy does not know.");

function judge(request: unknown, { paths: own }: Pick<Host, "paths">): PolicyDecision {
  if (!isUnderstood(request)) return notUnderstood;
  const { action, trusted, principal, workspace } = request;
  const { kind, paths = [], hosts = [], recipients = [], argv = [] } = action;
  if (!principal.scopes.includes("chat")) return deny("no-chat-scope", 'Whoever asks has no scope "chat", without which nothing is run.');
  if (!trusted) return deny("untrusted-tool", "The tool comes from a server that nobody trusts, and the policy only looks.");
  if (kind !== "read" && kind !== "internal") return deny("not-a-read", `An action of kind "${kind}" is refused: the policy only looks. Use the policy "workspace" to do more.`);
  if ([hosts, recipients, argv].some((list) => list.length > 0)) return deny("not-a-read", "The call reaches a host or a recipient or runs a program, and the policy only looks.");
  if (!paths.every((path) => isReadablePath(path, workspace, own))) return deny("outside-workspace", "A path of the call leads out of the workspace, into the gateway's own folders, to keys, or is not plain. Give a plain path inside the workspace.");
  if (kind === "internal" && paths.length > 0) return deny("not-understood", "A call that only touches the turn names no path.");
  return { verdict: "allow", rule: kind, reason: kind === "read" ? "It only reads inside the workspace." : "It only touches the turn itself." };
}

function deny(rule: string, reason: string): PolicyDecision {
  return { verdict: "deny", rule, reason };
}
