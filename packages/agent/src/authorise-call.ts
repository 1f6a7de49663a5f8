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
  const digest = toApprovalDigest(tool.name, ready.input, input, parts.digest);
  if (await parts.isAlwaysAllowed(digest)) return { allowed: true };
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

/** What an approval binds: the tool, its exact arguments, the workspace and who asked. */
function toApprovalDigest(tool: string, args: JsonObject, input: TurnInput, digest: (text: string) => string): string {
  return digest(toCanonicalJson({ tool, arguments: args, workspace: input.workspace, requester: input.principal.id }));
}
