import type { FileGuard, PolicyRequest, SecurityPolicy } from "@omni/core";

/**
 * The policy's word on each file that a call comes to. The call was judged by
 * the paths it names, but a link leads elsewhere, and a folder holds what
 * nobody named. What the policy allows by itself may be used. What it would
 * ask a person about may be used where the person was asked the same of this
 * call, which names the file or a folder above it.
 */
export function createFileGuard(request: PolicyRequest, policy: SecurityPolicy): FileGuard {
  const named = (request.action.paths ?? []).map((path) => toNamesBelow(path, request.workspace));
  return (path, root) => {
    const decision = policy.decide({ ...request, workspace: root, action: { ...request.action, paths: [path] } });
    if (decision.verdict === "allow") return undefined;
    const names = toNames(path, []);
    const isNamed = named.some((folder) => folder.every((name, index) => names[index] === name));
    if (decision.verdict === "ask" && isNamed && isAsked(decision.rule, request, policy)) return undefined;
    return decision;
  };
}

/** True where a call that runs was asked about by this very rule: it would not run, had nobody approved it. */
function isAsked(rule: string, request: PolicyRequest, policy: SecurityPolicy): boolean {
  const own = policy.decide(request);
  return own.verdict === "ask" && own.rule === rule;
}

/** The names of a path below the workspace, by its letters. A path that starts elsewhere keeps all of its own. */
function toNamesBelow(path: string, workspace: string): readonly string[] {
  const base = toNames(workspace, []);
  const whole = toNames(path, path.startsWith("/") ? [] : base);
  return base.every((name, index) => whole[index] === name) ? whole.slice(base.length) : whole;
}

function toNames(path: string, from: readonly string[]): readonly string[] {
  const names = [...from];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}
