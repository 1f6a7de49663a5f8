import type { Action, ActionKind, Autonomy, PolicyDecision, PolicyRequest } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWorkspacePolicy, workspacePolicyOptions } from "../src/index.ts";
import { toRequest } from "./request.ts";

const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];
const kinds: readonly ActionKind[] = ["internal", "read", "read-open", "write", "execute", "configure"];

function decide(options: object, action: Action, parts: Partial<PolicyRequest> = {}): PolicyDecision {
  return createWorkspacePolicy(workspacePolicyOptions.parse(options), createFakeHost()).decide(toRequest(action, parts));
}

const everywhere = (options: object, action: Action, parts: Partial<PolicyRequest> = {}): readonly string[] =>
  autonomies.map((autonomy) => decide(options, action, { ...parts, autonomy }).verdict);

describe("the allow list", () => {
  it("lets a tool write without asking, by its name or by its owner", () => {
    for (const allow of [["notes.add"], ["notes.*"], ["other", "notes.*"]]) expect(decide({ allow }, { kind: "write" })).toMatchObject({ verdict: "allow", rule: "allowed-tool" });
    for (const allow of [["notes"], ["notes.a"], ["note.*"], ["notes.add.*"], ["Notes.*"]]) expect(decide({ allow }, { kind: "write" })).toMatchObject({ verdict: "ask", rule: "write.supervised" });
  });

  it("never raises readonly, nor reaches programs, settings or the floor", () => {
    const allow = ["notes.*"];
    expect(everywhere({ allow }, { kind: "write" })).toEqual(["deny", "allow", "allow"]);
    expect(everywhere({ allow }, { kind: "execute" })).toEqual(["deny", "ask", "deny"]);
    expect(everywhere({ allow }, { kind: "configure" })).toEqual(["deny", "ask", "ask"]);
    for (const action of [{ kind: "write", paths: ["../x"] }, { kind: "read-open", hosts: ["localhost"] }] as const) expect(everywhere({ allow }, action)).toEqual(["deny", "deny", "deny"]);
  });

  it("is named in the reason of what asks for want of it", () => {
    expect(decide({}, { kind: "write" }).reason).toContain('add "notes.add" to policy.with.allow');
    expect(decide({}, { kind: "read-open", hosts: ["example.com"] }).reason).toContain("policy.with.allowHosts");
  });
});

describe("the deny list", () => {
  it("is stronger than the allow list, the autonomy and the kind of action", () => {
    for (const kind of kinds) expect(everywhere({ allow: ["notes.*"], deny: ["notes.add"] }, { kind })).toEqual(["deny", "deny", "deny"]);
    expect(decide({ deny: ["*"] }, { kind: "read" })).toMatchObject({ verdict: "deny", rule: "denied-tool" });
    expect(decide({ deny: ["other.*"] }, { kind: "read" }).verdict).toBe("allow");
  });
});

describe("the allowed hosts", () => {
  const allowHosts = ["example.com", "*.example.org"];
  const verdict = (hosts: readonly string[], kind: ActionKind = "read-open"): string => decide({ allowHosts }, { kind, hosts }).verdict;

  it("are read without asking, all of them or none", () => {
    expect([["example.com"], ["EXAMPLE.com.:443"], ["a.example.org", "example.com"], ["a.b.example.org"]].map((hosts) => verdict(hosts))).toEqual(["allow", "allow", "allow", "allow"]);
    expect([["example.org"], ["evil-example.org"], ["notexample.com"], ["example.com.evil.net"], ["example.com", "evil.net"], []].map((hosts) => verdict(hosts))).toEqual(["ask", "ask", "ask", "ask", "ask", "ask"]);
  });

  it("are not written to, and not opened to foreign tools that may do more than read", () => {
    expect(verdict(["example.com"], "write")).toBe("ask");
    expect(decide({ allowHosts }, { kind: "read", hosts: ["example.com"] }, { trusted: false }).verdict).toBe("ask");
    expect(decide({ allowHosts }, { kind: "read", hosts: ["example.com"] }).verdict).toBe("allow");
  });
});

describe("programs", () => {
  it("are refused at full until the owner lets them run uncontained", () => {
    expect(decide({}, { kind: "execute", argv: ["make"] }, { autonomy: "full" })).toMatchObject({ verdict: "deny", rule: "execute.full", reason: expect.stringContaining("unsandboxedShell") });
    expect(everywhere({ unsandboxedShell: true }, { kind: "execute", argv: ["make"] })).toEqual(["deny", "ask", "allow"]);
  });
});

describe("paths of weight", () => {
  it.each([".env", "a/.env.local", "deploy/id_rsa", "tls/server.pem", ".ssh/config", ".npmrc", "/work/project/.env"])("with keys are read by nobody unasked: %s", (path) => {
    expect(everywhere({ allow: ["notes.*"] }, { kind: "read", paths: [path] })).toEqual(["ask", "ask", "ask"]);
    expect(everywhere({ allow: ["notes.*"], unsandboxedShell: true }, { kind: "write", paths: [path] })).toEqual(["deny", "ask", "ask"]);
  });

  it.each([".git/hooks/pre-commit", ".vscode/tasks.json", "AGENTS.md", "sub/SKILL.md", ".github/workflows/ci.yml", ".git", "a/../.git/config", ".gitconfig", ".config/git/config", ".config/autostart/x.desktop", ".zprofile", ".bash_aliases"])("that act later are written by nobody unasked: %s", (path) => {
    expect(everywhere({}, { kind: "read", paths: [path] })).toEqual(["ask", "ask", "allow"]);
    expect(everywhere({ allow: ["notes.*"] }, { kind: "read", paths: [path] })).toEqual(["ask", "allow", "allow"]);
    expect(everywhere({ allow: ["notes.*"] }, { kind: "write", paths: ["a.txt", path] })).toEqual(["deny", "ask", "ask"]);
    expect(decide({}, { kind: "write", paths: [path] }).rule).toBe("write-acting.supervised");
  });

  it.each([".env.example", "environment.md", "src/agents.ts", "keys.txt", ".gitignore", "monkey.md", "agents.md.bak", "README.md"])("are not made of every name: %s", (path) => {
    expect(everywhere({}, { kind: "write", paths: [path] })).toEqual(["deny", "ask", "allow"]);
    expect(everywhere({}, { kind: "read", paths: [path] })).toEqual(["allow", "allow", "allow"]);
  });

  it("are judged below the workspace, however it is spelt", () => {
    expect(decide({}, { kind: "read", paths: ["a.txt"] }, { workspace: "/work/.git/worktree" }).verdict).toBe("allow");
    for (const workspace of ["/work/project/", "/work/./project", "/work/x/../project"]) expect(decide({}, { kind: "read", paths: [".env"] }, { workspace }).verdict).toBe("ask");
    expect(decide({}, { kind: "read", paths: [".env"] }, { workspace: "/" }).verdict).toBe("ask");
  });

  it("never make a refusal milder", () => {
    expect(decide({}, { kind: "execute", argv: ["cat", ".env"], paths: [".env"] }, { autonomy: "full" }).verdict).toBe("deny");
  });
});

describe("the home", () => {
  it("is open in its workspace only", () => {
    const read = (workspace: string, path: string): string => decide({}, { kind: "read", paths: [path] }, { workspace }).verdict;
    expect([read("/home/omni/workspace", "a.txt"), read("/home/omni/workspace/sub", "a.txt"), read("/home", "omni/workspace/a.txt")]).toEqual(["allow", "allow", "allow"]);
    expect([read("/home/omni", "a.txt"), read("/home", "omni/omni.json"), read("/home", "omni"), read("/home", "OMNI/omni.json")]).toEqual(["deny", "deny", "deny", "deny"]);
  });

  it("is not opened by a default workspace that holds it, nor is a state folder elsewhere", () => {
    const host = createFakeHost({ paths: { home: "/home/me/omni", state: "/home/me/state", workspace: "/home/me" } });
    const policy = createWorkspacePolicy(workspacePolicyOptions.parse({}), host);
    const read = (path: string): string => policy.decide(toRequest({ kind: "read", paths: [path] }, { workspace: "/home/me" })).rule;
    expect([read("omni/omni.json"), read("state/omni.db"), read("STATE/omni.db"), read("notes.txt")]).toEqual(["gateway-state", "gateway-state", "gateway-state", "read.supervised"]);
  });
});

describe("a decision", () => {
  it("shows what a model wrote escaped and short", () => {
    const { reason } = decide({}, { kind: "write", paths: [`../\u202e\u0007"${"x".repeat(500)}`] });
    expect(reason).toMatch(/^The path "\.\.\/\\u202e\\u0007\\"x+…" /);
    expect(reason.length).toBeLessThan(400);
  });

  it("is a denial or understood, and never an exception, whatever is asked", () => {
    const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a.txt", "../x", "example.com", "127.0.0.1")), { maxLength: 3 });
    const request = fc.record(
      {
        tool: fc.oneof(fc.string(), fc.anything()),
        trusted: fc.oneof(fc.boolean(), fc.anything()),
        effect: fc.oneof(fc.constantFrom("read", "keyed", "once"), fc.anything()),
        action: fc.oneof(fc.anything(), fc.record({ kind: fc.oneof(fc.constantFrom(...kinds), fc.string()), paths: texts, hosts: texts, argv: texts }, { requiredKeys: ["kind"] })),
        autonomy: fc.oneof(fc.constantFrom(...autonomies), fc.anything()),
        workspace: fc.oneof(fc.constantFrom("/work", "/", "/home/omni"), fc.anything()),
        principal: fc.oneof(fc.constant({ id: "owner", scopes: ["chat"] }), fc.anything()),
      },
      { requiredKeys: [] },
    );
    const anyone: { decide(value: unknown): PolicyDecision } = createWorkspacePolicy(workspacePolicyOptions.parse({ autonomy: "full", unsandboxedShell: true }), createFakeHost());
    fc.assert(
      fc.property(fc.oneof(fc.anything(), request), (value) => {
        const { verdict, rule, reason } = anyone.decide(value);
        expect(rule !== "" && reason !== "").toBe(true);
        if (verdict !== "deny") expect(value).toMatchObject({ tool: expect.any(String), action: { kind: expect.any(String) }, principal: { scopes: expect.arrayContaining(["chat"]) } });
      }),
      { numRuns: 1_000 },
    );
  });
});
