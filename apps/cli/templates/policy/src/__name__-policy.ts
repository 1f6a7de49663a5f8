// Yours to write, at most 40 lines of code: what is allowed, asked and denied.
// What stands here works and passes the kit; put your own in its place.

import type { OmniModule, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";

/** Makes a policy for an assistant that only talks: it may use what it knows, and reach nothing. */
export function create__Name__Policy(): SecurityPolicy {
  return {
    autonomy: "readonly",
    decide(request) {
      try {
        return judge(request);
      } catch {
        return notUnderstood;
      }
    },
  };
}

const notUnderstood = deny("not-understood", "The call says what it would do in a form this policy does not know.");

/** What is allowed is written out; all else, also what nobody has thought of yet, falls through to a denial. */
function judge(request: PolicyRequest): PolicyDecision {
  if (!isUnderstood(request)) return notUnderstood;
  const { action, trusted, principal } = request;
  const { kind, ...named } = action;
  if (!principal.scopes.includes("chat")) return deny("no-chat-scope", 'Whoever asks has no scope "chat".');
  if (!trusted) return deny("untrusted-tool", "The tool comes from a server that nobody trusts.");
  if (Object.keys(named).length > 0) return deny("reaches-out", "The call names a path, a host, a recipient or a program, and this policy only talks.");
  if (kind === "internal" || kind === "read") return { verdict: "allow", rule: kind, reason: "It only looks at what the assistant knows." };
  return deny("reaches-out", "The call changes or runs something, and this policy only talks.");
}

/** Whoever asks may be wrong about the shape of what it asks. */
function isUnderstood({ tool, trusted, effect, autonomy, workspace, principal }: PolicyRequest): boolean {
  const hasShape = typeof tool === "string" && typeof trusted === "boolean" && typeof workspace === "string" && Array.isArray(principal.scopes);
  return hasShape && ["read", "keyed", "once"].includes(effect) && ["readonly", "supervised", "full"].includes(autonomy);
}

function deny(rule: string, reason: string): PolicyDecision {
  return { verdict: "deny", rule, reason };
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"policy"> = {
  slot: "policy",
  name: "__name__",
  contract: 1,
  options: { jsonSchema: { type: "object", properties: {}, additionalProperties: false }, parse: (value) => value },
  create: create__Name__Policy,
};
