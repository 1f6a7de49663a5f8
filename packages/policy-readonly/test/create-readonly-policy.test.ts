import type { Action, ActionKind, Autonomy, PolicyRequest } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReadonlyPolicy, omni } from "../src/index.ts";

const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];
const kinds: readonly ActionKind[] = ["internal", "read", "read-open", "write", "execute", "configure"];
const policy = createReadonlyPolicy({}, createFakeHost());

function toRequest(action: Action, parts: Partial<PolicyRequest> = {}): PolicyRequest {
  const principal = { id: "owner", scopes: ["chat", "admin"] } as const;
  return { tool: "files.read", trusted: true, effect: "read", action, arguments: {}, autonomy: "full", workspace: "/work", sessionId: "cli:1", principal, ...parts };
}

const verdict = (action: Action, parts: Partial<PolicyRequest> = {}): string => policy.decide(toRequest(action, parts)).verdict;

describe("the readonly policy", () => {
  it("allows to read in the workspace and to touch the turn at every autonomy, and nothing else", () => {
    for (const autonomy of autonomies) {
      const allowed = kinds.filter((kind) => verdict({ kind }, { autonomy }) === "allow");
      expect(allowed).toEqual(["internal", "read"]);
    }
    expect(policy.autonomy).toBe("readonly");
  });

  it("allows nothing to a tool that nobody trusts", () => {
    for (const kind of kinds) expect(verdict({ kind }, { trusted: false })).toBe("deny");
  });

  it("judges paths by where they lead", () => {
    const paths = ["", ".", "a/b.txt", "/work/a.txt", "a/../b", "..", "/etc/passwd", "/workshop/a", "../work/a", ".env", "a/.env.local", "keys/id_ed25519", "tls/server.pem", "environment.txt"];
    expect(paths.filter((path) => verdict({ kind: "read", paths: [path] }) === "allow")).toEqual(["", ".", "a/b.txt", "/work/a.txt", "a/../b", "../work/a", "environment.txt"]);
  });

  it("reads in the default workspace, and nowhere else in the home", () => {
    const inHome = (path: string): string => verdict({ kind: "read", paths: [path] }, { workspace: "/home/omni/workspace" });
    expect([inHome("a.txt"), inHome("../omni.json"), inHome("../state/omni.db")]).toEqual(["allow", "deny", "deny"]);
    expect(verdict({ kind: "read", paths: ["OMNI/State/omni.db"] }, { workspace: "/home" })).toBe("deny");
  });

  it("never allows what is no read, whatever it is asked", () => {
    const texts = fc.array(fc.string({ unit: "binary" }), { maxLength: 3 });
    const request = fc.record({
      tool: fc.string(),
      trusted: fc.boolean(),
      effect: fc.constantFrom("read", "keyed", "once"),
      action: fc.oneof(fc.anything(), fc.record({ kind: fc.oneof(fc.constantFrom(...kinds), fc.string()), paths: texts, hosts: texts, argv: texts }, { requiredKeys: ["kind"] })),
      autonomy: fc.constantFrom(...autonomies),
      workspace: fc.constantFrom("/work", "/", "relative"),
      principal: fc.oneof(fc.anything(), fc.constant({ id: "owner", scopes: ["chat"] })),
    });
    const anyone: { decide(value: unknown): { readonly verdict: string } } = policy;
    fc.assert(
      fc.property(fc.oneof(fc.anything(), request), (value) => {
        const decided = anyone.decide(value).verdict;
        expect(["allow", "deny"]).toContain(decided);
        if (decided === "allow") expect(value).toMatchObject({ trusted: true, action: { kind: expect.stringMatching(/^(read|internal)$/) } });
      }),
      { numRuns: 1_000 },
    );
  });

  it("has no options, and obeys none that another policy has", async () => {
    const given = omni.options.parse({ autonomy: "full", allow: ["files.*"], unsandboxedShell: true });
    const made = await omni.create(given, createFakeHost());
    expect([given, made.autonomy, made.decide(toRequest({ kind: "write" })).verdict]).toEqual([{}, "readonly", "deny"]);
    for (const value of [[], null, "full"]) expect(() => omni.options.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });
});
