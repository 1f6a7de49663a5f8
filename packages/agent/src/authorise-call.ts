import type { JsonObject, OmniErrorCode, PolicyRequest, TurnInput } from "@omni/core";
import type { TurnRun } from "./turn-run.ts";
import type { PreparedCall } from "./prepare-call.ts";
import { askPerson } from "./ask-person.ts";
import { toCanonicalJson } from "./canonical-json.ts";

type Ready = Extract<PreparedCall, { kind: "ready" }>;

/** The right to run, or why not. */
export type Authorisation = { readonly allowed: true } | { readonly allowed: false; readonly code: OmniErrorCode; readonly message: string };

/** The one place where a call is allowed: the policy decides, and where it says ask, a person does. */
export async function authoriseCall(ready: Ready, callId: string, run: TurnRun, signal: AbortSignal): Promise<Authorisation> {
  const { input, parts } = run;
  const { tool } = ready.registered;
  const decision = parts.policy.decide(toPolicyRequest(ready, input));
  if (decision.verdict === "allow") return { allowed: true };
  if (decision.verdict === "deny") return { allowed: false, code: "tool.denied", message: `The policy refuses ${tool.name}: ${decision.reason}` };
  const call: BoundCall = { tool: tool.name, arguments: ready.input, workspace: input.workspace, requester: input.principal.id };
  if (await parts.isAlwaysAllowed(toRuleDigest(call, parts.digest))) return { allowed: true };
  const digest = toApprovalDigest(call, input.sessionId, parts.digest);
  const answer = await askPerson({ kind: "approval", callId, tool: tool.name, arguments: ready.input, digest, reason: decision.reason }, run, signal);
  if (answer.decision !== "deny") return { allowed: true };
  const why = answer.by === "nobody" ? "it needs an approval and nobody can be asked here" : answer.by === "timeout" ? "nobody approved it in time" : "a person refused it";
  return { allowed: false, code: answer.by === "nobody" || answer.by === "timeout" ? "ask.unanswered" : "tool.denied", message: `${tool.name} was not run: ${why}.` };
}

/** The question to the policy whether a call may run. */
export function toPolicyRequest({ registered, action, input: args }: Ready, input: TurnInput): PolicyRequest {
  const { tool, effect, trusted } = registered;
  return { tool: tool.name, trusted, effect, action, arguments: args, autonomy: input.autonomy, workspace: input.workspace, sessionId: input.sessionId, principal: input.principal };
}

/** A call as an approval of it is bound to it: the tool, its exact arguments, the workspace and who asked. */
export interface BoundCall {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly workspace: string;
  readonly requester: string;
}

/** What is allowed for good: the call, in every session of whoever asked. */
export function toRuleDigest({ tool, arguments: args, workspace, requester }: BoundCall, digest: (text: string) => string): string {
  return digest(toCanonicalJson({ tool, arguments: args, workspace, requester }));
}

/** What is allowed once: the call, in its session. */
function toApprovalDigest({ tool, arguments: args, workspace, requester }: BoundCall, session: string, digest: (text: string) => string): string {
  return digest(toCanonicalJson({ tool, arguments: args, workspace, session, requester }));
}
