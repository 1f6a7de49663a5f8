import { readFileSync } from "node:fs";
import type { Action, PolicyRequest, SecurityPolicy } from "@omni/core";
import { describe, expect, it } from "vitest";
import { createTablePolicy } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describePolicy, policyContract } from "../src/index.ts";

describePolicy("the table policy", () => createTablePolicy());

/** The table policy that is asked something else than what it was asked. */
function misheard(change: (request: PolicyRequest) => Partial<PolicyRequest>): () => SecurityPolicy {
  return () => {
    const policy = createTablePolicy();
    return { ...policy, decide: (request) => policy.decide({ ...request, ...change(request) }) };
  };
}

/** The same for the action alone. */
function misheardAction(change: (action: Action) => Partial<Action>): () => SecurityPolicy {
  return misheard(({ action }) => ({ action: { ...action, ...change(action) } }));
}

function isKind(kind: string): boolean {
  return ["internal", "read", "read-open", "write", "execute", "configure"].includes(kind);
}

/** Denies every other time. */
function createFickle(): SecurityPolicy {
  const policy = createTablePolicy();
  let count = 0;
  return { ...policy, decide: (request) => (count++ % 2 === 0 ? policy.decide(request) : { verdict: "deny", rule: "mood", reason: "not this time" }) };
}

/** Names the tool in its rule. */
function createUnstable(): SecurityPolicy {
  const policy = createTablePolicy();
  return { ...policy, decide: (request) => ({ ...policy.decide(request), rule: request.tool }) };
}

/** Refuses every path in which two dots stand together. */
function createNervous(): SecurityPolicy {
  const policy = createTablePolicy();
  const isNervous = (request: PolicyRequest): boolean => request.action.paths?.some((path) => path.includes("..")) ?? false;
  return { ...policy, decide: (request) => (isNervous(request) ? { verdict: "deny", rule: "dots", reason: "too many dots" } : policy.decide(request)) };
}

describe("the kit of policies", () => {
  describeBroken(policyContract, {
    Y1: createFickle,
    Y2: createUnstable,
    Y3: misheard((request) => ({ tool: request.tool.trim() })),
    Y4: misheardAction((action) => (isKind(action.kind) ? {} : { kind: "read" })),
    Y5: misheardAction(({ paths = [] }) => ({ paths: paths.map((path) => (path.startsWith("/work/project") ? "a.txt" : path)) })),
    Y6: createNervous,
    Y7: misheardAction(({ paths = [], hosts = [] }) => ({ paths: paths.slice(0, 1), hosts: hosts.slice(0, 1) })),
    Y8: misheard(({ workspace }) => ({ workspace: workspace === "/home/omni/skills" ? "/work/skills" : workspace })),
    Y9: misheardAction(({ hosts = [] }) => ({ hosts: hosts.map((host) => (/^\d+$/.test(host) ? "example.com" : host)) })),
    Y10: misheardAction(({ hosts = [] }) => ({ hosts: hosts.map((host) => (host.startsWith("172.") ? "172.16.0.1" : host)) })),
    Y11: misheard(({ autonomy, action }) => (autonomy === "readonly" && action.kind === "read-open" ? { action: { ...action, kind: "read" }, trusted: true } : {})),
    Y12: misheard(({ autonomy, action }) => (autonomy === "full" && action.kind === "configure" ? { action: { ...action, kind: "write" } } : {})),
    Y13: misheard(({ autonomy, action }) => (autonomy === "supervised" && action.kind === "execute" ? { action: { kind: "read" } } : {})),
    Y14: misheard(() => ({ trusted: true })),
    Y15: misheardAction(({ kind }) => (kind === "read" ? { hosts: [], argv: [] } : {})),
    Y16: misheard(({ principal }) => ({ principal: { ...principal, scopes: [...principal.scopes, "chat"] } })),
    Y17: misheard(({ workspace }) => ({ workspace: workspace.startsWith("/") ? workspace : `/${workspace}` })),
    Y18: () => Object.assign(createTablePolicy(), { autonomy: "root" }),
  });
  describeDocumented(policyContract, readFileSync(new URL("../../../docs/contracts/policy.md", import.meta.url), "utf8"));
});

describe("the table policy", () => {
  it("gives the verdicts it was given, before its table", () => {
    const policy = createTablePolicy({ verdicts: { "files.write": "allow" } });
    const request: PolicyRequest = {
      tool: "files.write",
      trusted: true,
      effect: "once",
      action: { kind: "write", paths: ["a.txt"] },
      arguments: {},
      autonomy: "supervised",
      workspace: "/work",
      sessionId: "cli:1",
      principal: { id: "owner", scopes: ["chat"] },
    };
    expect([policy.decide(request).verdict, policy.decide({ ...request, tool: "files.edit" }).verdict]).toEqual(["allow", "ask"]);
  });
});
