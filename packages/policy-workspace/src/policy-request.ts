import type { ActionKind, Autonomy, PolicyRequest } from "@omni/core";
import { policyTable } from "./policy-table.ts";

/** True for a request whose every part that the policy judges has the shape it knows, and whose action names nothing it does not know. */
export function isUnderstood(request: unknown): request is PolicyRequest {
  if (!isRecord(request) || !isRecord(request.action) || !isRecord(request.principal)) return false;
  const { tool, trusted, effect, action, autonomy, workspace, principal } = request;
  const { kind, paths, hosts, recipients, argv, ...unknown } = action;
  return (
    typeof tool === "string" && tool !== "" && typeof trusted === "boolean" && (effect === "read" || effect === "keyed" || effect === "once") &&
    isKind(kind) && [paths, hosts, recipients, argv].every(isTexts) && Object.values(unknown).every((value) => value === undefined) &&
    isAutonomy(autonomy) && typeof workspace === "string" && Array.isArray(principal.scopes)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === "string"));
}

function isKind(value: unknown): value is ActionKind {
  return typeof value === "string" && Object.hasOwn(policyTable, value);
}

function isAutonomy(value: unknown): value is Autonomy {
  return value === "readonly" || value === "supervised" || value === "full";
}
