import type { Action, PolicyRequest } from "@omni/core";

/** A request of the owner for the tool `notes.add` in `/work/project`. */
export function toRequest(action: Action, parts: Partial<PolicyRequest> = {}): PolicyRequest {
  const principal = { id: "owner", scopes: ["read", "chat"] } as const;
  return { tool: "notes.add", trusted: true, effect: "once", action, arguments: {}, autonomy: "supervised", workspace: "/work/project", sessionId: "cli:1", principal, ...parts };
}
