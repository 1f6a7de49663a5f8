import type { ActionKind, Autonomy, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";
import { insidePaths, junkRequests, outsidePaths, ownPaths, privateHosts, publicHosts } from "./policy-samples.ts";

const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];
const kinds: readonly ActionKind[] = ["internal", "read", "read-open", "write", "execute", "configure"];

/** Every obligation of `SecurityPolicy`; see `docs/contracts/policy.md`. */
export const policyContract: readonly ContractCase<SecurityPolicy>[] = [
  policyCase("Y1", "the same request gets the same decision, and is left as it was", (policy) => {
    for (const request of everyRequest()) {
      const frozen = deepFreeze(structuredClone(request));
      expect(policy.decide(frozen)).toEqual(policy.decide(frozen));
      expect(frozen).toEqual(request);
    }
  }),
  policyCase("Y2", "every decision has one of three verdicts, a reason for people and the stable name of a rule", (policy) => {
    for (const request of [...everyRequest(), toRequest({ paths: ["../x"] }), toRequest({ hosts: ["127.0.0.1"] })]) {
      const { verdict, reason, rule } = policy.decide(request);
      expect(["allow", "ask", "deny"]).toContain(verdict);
      expect(reason).toMatch(/\w+ \w+/);
      expect(rule).toMatch(/^[a-z]+([.-][a-z]+)*$/);
      expect(policy.decide({ ...request, tool: "other.tool", sessionId: "cli:2" }).rule).toBe(rule);
    }
  }),
  policyCase("Y3", "a request of any other shape is denied and throws nothing", (policy) => {
    for (const request of junkRequests(toRequest({}))) expect(decideUnknown(policy, request).verdict).toBe("deny");
  }),
  policyCase("Y4", "a kind of action, an autonomy or a part of an action that it does not know is denied", (policy) => {
    const request = toRequest({});
    for (const kind of ["teleport", "Read", "read ", "", "constructor", "__proto__", null, 1]) expect([kind, decideUnknown(policy, { ...request, action: { kind } }).verdict]).toEqual([kind, "deny"]);
    for (const autonomy of ["god", "FULL", "", undefined, "toString"]) expect([autonomy, decideUnknown(policy, { ...request, autonomy }).verdict]).toEqual([autonomy, "deny"]);
    expect(decideUnknown(policy, { ...request, action: { kind: "read", devices: ["/dev/sda"] } }).verdict).toBe("deny");
  }),
  policyCase("Y5", "a path outside the workspace is denied at every autonomy, whatever the spelling", (policy) => {
    for (const path of outsidePaths) expectDeniedEverywhere(policy, { paths: [path] });
  }),
  policyCase("Y6", "a name that only looks like a way out is judged as any other name", (policy) => {
    for (const path of insidePaths) for (const kind of ["read", "write"] as const) expect([path, verdictsOf(policy, { kind, paths: [path] })]).toEqual([path, verdictsOf(policy, { kind, paths: ["notes.txt"] })]);
  }),
  policyCase("Y7", "one bad path or host among good ones is enough", (policy) => {
    expectDeniedEverywhere(policy, { paths: ["a.txt", "b/c.txt", "../d.txt", "e.txt"] });
    expectDeniedEverywhere(policy, { hosts: ["example.com", "10.0.0.1", "example.org"] });
  }),
  policyCase("Y8", "the gateway's own home is denied, also in a workspace that holds it or lies in it", (policy) => {
    for (const [workspace, path] of ownPaths) expectDeniedEverywhere(policy, { paths: [path] }, { workspace });
  }),
  policyCase("Y9", "a host of this machine or of a private network is denied at every autonomy, whatever the spelling", (policy) => {
    for (const host of privateHosts) expectDeniedEverywhere(policy, { hosts: [host] });
  }),
  policyCase("Y10", "a public host is judged as any other, however near to a private one", (policy) => {
    for (const host of publicHosts) expect([host, verdictsOf(policy, { kind: "read-open", hosts: [host] })]).toEqual([host, verdictsOf(policy, { kind: "read-open", hosts: ["example.com"] })]);
  }),
  policyCase("Y11", "at readonly nothing is written, run, set or read from the open world", (policy) => {
    for (const kind of ["read-open", "write", "execute", "configure"] as const) for (const trusted of [true, false]) expect([kind, policy.decide(toRequest({ kind }, { autonomy: "readonly", trusted })).verdict]).toEqual([kind, "deny"]);
  }),
  policyCase("Y12", "what is installed, set or newly reached is never allowed without a person", (policy) => {
    for (const autonomy of autonomies) for (const trusted of [true, false]) expect(policy.decide(toRequest({ kind: "configure" }, { autonomy, trusted })).verdict).not.toBe("allow");
  }),
  policyCase("Y13", "a program, a change and a look at the open world are never allowed without a person at supervised", (policy) => {
    for (const kind of ["execute", "write", "read-open"] as const) expect([kind, policy.decide(toRequest({ kind, argv: ["rm", "-rf", "."] }, { autonomy: "supervised" })).verdict]).not.toEqual([kind, "allow"]);
  }),
  policyCase("Y14", "a tool that nobody trusts gets no more than its row, whatever it says of itself", (policy) => {
    for (const autonomy of autonomies) {
      const write = rank(policy.decide(toRequest({ kind: "write" }, { autonomy })));
      const readOpen = rank(policy.decide(toRequest({ kind: "read-open" }, { autonomy })));
      for (const kind of kinds) {
        const row = kind === "read" || kind === "read-open" ? readOpen : write;
        expect([kind, rank(policy.decide(toRequest({ kind }, { autonomy, trusted: false, effect: "read" }))) >= row]).toEqual([kind, true]);
      }
    }
  }),
  policyCase("Y15", "an action that names more than its kind covers is judged by what it names", (policy) => {
    for (const autonomy of autonomies) {
      const decide = (action: Partial<PolicyRequest["action"]>): number => rank(policy.decide(toRequest(action, { autonomy })));
      expect(decide({ kind: "internal", paths: ["a.txt"] })).toBeGreaterThanOrEqual(decide({ kind: "write", paths: ["a.txt"] }));
      expect(decide({ kind: "read", hosts: ["example.com"] })).toBeGreaterThanOrEqual(decide({ kind: "read-open", hosts: ["example.com"] }));
      expect(decide({ kind: "read", argv: ["make"] })).toBeGreaterThanOrEqual(decide({ kind: "execute", argv: ["make"] }));
    }
  }),
  policyCase("Y16", "who has no scope to chat runs nothing", (policy) => {
    for (const autonomy of autonomies) {
      for (const kind of kinds) expect(policy.decide(toRequest({ kind }, { autonomy, principal: { id: "token:reader", scopes: ["read", "approve", "admin"] } })).verdict).toBe("deny");
    }
  }),
  policyCase("Y17", "a workspace that is no absolute path is no workspace", (policy) => {
    for (const workspace of ["", ".", "work", "~/work", "C:\\work", "file:///work", "/work\0"]) expectDeniedEverywhere(policy, { paths: ["a.txt"] }, { workspace });
  }),
  policyCase("Y18", "it names the autonomy of turns that bring none", (policy) => {
    expect(autonomies).toContain(policy.autonomy);
  }),
];

/** Runs the kit of `SecurityPolicy` against an implementation, made for the paths of the fake host and without a list of allowed tools. */
export function describePolicy(title: string, create: Create<SecurityPolicy>, options?: ContractOptions): void {
  describeContract(title, policyContract, create, options);
}

function policyCase(id: string, title: string, body: (policy: SecurityPolicy) => void): ContractCase<SecurityPolicy> {
  return { id, title, run: async (create) => body(await create()) };
}

/** A request of the owner in a workspace that has nothing to do with the home. */
function toRequest(action: Partial<PolicyRequest["action"]>, parts: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    tool: "kit.tool",
    trusted: true,
    effect: "once",
    action: { kind: "read", ...action },
    arguments: {},
    autonomy: "supervised",
    workspace: "/work/project",
    sessionId: "cli:1",
    principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
    ...parts,
  };
}

function everyRequest(): readonly PolicyRequest[] {
  return autonomies.flatMap((autonomy) => kinds.flatMap((kind) => [true, false].map((trusted) => toRequest({ kind, paths: ["a.txt"] }, { autonomy, trusted }))));
}

function expectDeniedEverywhere(policy: SecurityPolicy, action: Partial<PolicyRequest["action"]>, parts: Partial<PolicyRequest> = {}): void {
  for (const autonomy of autonomies) {
    for (const kind of kinds) expect([action, kind, autonomy, policy.decide(toRequest({ ...action, kind }, { ...parts, autonomy })).verdict]).toEqual([action, kind, autonomy, "deny"]);
  }
}

function verdictsOf(policy: SecurityPolicy, action: Partial<PolicyRequest["action"]>): readonly PolicyDecision["verdict"][] {
  return autonomies.map((autonomy) => policy.decide(toRequest(action, { autonomy })).verdict);
}

/** How strict a verdict is. */
function rank({ verdict }: PolicyDecision): number {
  return ["allow", "ask", "deny"].indexOf(verdict);
}

/** A policy is asked by code that may be wrong, so it is asked what its type forbids. */
function decideUnknown(policy: { decide(request: unknown): PolicyDecision }, request: unknown): PolicyDecision {
  return policy.decide(request);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
