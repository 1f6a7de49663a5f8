import type { HostPaths, PolicyDecision, PolicyRequest } from "@omni/core";
import { isPrivateHost, toHostName } from "./host-floor.ts";
import { isInside, isInsideLoosely, resolvePath } from "./path-floor.ts";

/** What is denied at every autonomy, or undefined: paths outside the workspace or in the gateway's own folders, and private hosts. */
export function toFloorDecision(request: PolicyRequest, paths: HostPaths): PolicyDecision | undefined {
  const workspace = resolvePath(request.workspace, "/");
  if (!request.workspace.startsWith("/") || "problem" in workspace) return deny("not-understood", `The workspace ${show(request.workspace)} is not an absolute path.`);
  for (const path of request.action.paths ?? []) {
    const resolved = resolvePath(path, workspace.path);
    if ("problem" in resolved) return deny("odd-path", `The path ${show(path)} ${resolved.problem}. Give a plain path relative to the workspace.`);
    if (!isInside(resolved.path, workspace.path)) return deny("outside-workspace", `The path ${show(path)} leads out of the workspace. Work inside it, or start the turn with another --workspace.`);
    if (isOwnState(resolved.path, paths)) return deny("gateway-state", `The path ${show(path)} belongs to the gateway itself. Use the omni command line to look at it or change it.`);
  }
  for (const host of request.action.hosts ?? []) {
    const name = toHostName(host);
    if (name === undefined) return deny("odd-host", `${show(host)} is not the name or address of a host.`);
    if (isPrivateHost(name)) return deny("private-network", `The host ${show(host)} is on this machine or in a private network, which tools never reach.`);
  }
  return undefined;
}

/** The home is the gateway's, except the default workspace in it; so is the state, wherever it lies. */
function isOwnState(path: string, { home, state, workspace }: HostPaths): boolean {
  if (isInsideLoosely(path, state)) return true;
  const isWorkspaceOfHome = workspace !== home && isInside(workspace, home) && isInside(path, workspace);
  return isInsideLoosely(path, home) && !isWorkspaceOfHome;
}

function deny(rule: string, reason: string): PolicyDecision {
  return { verdict: "deny", rule, reason };
}

/** A text of the model for people: short, in quotes, every character outside plain ASCII escaped where it could hide something. */
export function show(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
