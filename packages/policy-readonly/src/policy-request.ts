import type { PolicyRequest } from "@omni/core";

/** True where every part that is judged has a known shape and the action names nothing else. */
export function isUnderstood(request: unknown): request is PolicyRequest {
  if (!isRecord(request) || !isRecord(request.action) || !isRecord(request.principal)) return false;
  const { kind, paths, hosts, recipients, argv, ...unknown } = request.action;
  const hasTexts = [paths, hosts, recipients, argv].every((list) => list === undefined || (Array.isArray(list) && list.every((each) => typeof each === "string")));
  const hasShape = typeof kind === "string" && typeof request.tool === "string" && typeof request.trusted === "boolean" && typeof request.workspace === "string" && Array.isArray(request.principal.scopes);
  return hasTexts && hasShape && isOneOf(request.effect, ["read", "keyed", "once"]) && isOneOf(request.autonomy, ["readonly", "supervised", "full"]) && Object.keys(unknown).length === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOneOf(value: unknown, known: readonly string[]): boolean {
  return typeof value === "string" && known.includes(value);
}
