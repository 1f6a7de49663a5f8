import type { Action, PolicyDecision, PolicyRequest, SecurityPolicy } from "@omni/core";
import { describe, expect, it } from "vitest";
import { createFileGuard } from "../src/file-guard.ts";

/** Plain files by themselves, keys with a question, the folder of the gateway never; writing is asked about. */
const policy: SecurityPolicy = { autonomy: "supervised", decide };

function decide({ action, workspace }: PolicyRequest): PolicyDecision {
  const verdicts = (action.paths ?? []).map((path): PolicyDecision => {
    if (`${workspace}/${path}`.includes("/gateway/")) return { verdict: "deny", rule: "floor", reason: "It is the gateway's." };
    if (path.endsWith(".key")) return { verdict: "ask", rule: "secret", reason: "It holds keys." };
    return action.kind === "read" ? { verdict: "allow", rule: "read", reason: "" } : { verdict: "ask", rule: "write", reason: "It is changed." };
  });
  return verdicts.find((each) => each.verdict === "deny") ?? verdicts.find((each) => each.verdict === "ask") ?? { verdict: "allow", rule: "read", reason: "" };
}

function guardOf(action: Action): (path: string, root?: string) => string | undefined {
  const guard = createFileGuard({ tool: "files.x", trusted: true, effect: "read", action, arguments: {}, autonomy: "supervised", workspace: "/work", sessionId: "cli:1", principal: { id: "owner", scopes: ["chat"] } }, policy);
  return (path, root = "/work") => guard(path, root)?.rule;
}

describe("createFileGuard", () => {
  it("lets a call use what the policy allows by itself, wherever it lies", () => {
    const rule = guardOf({ kind: "read", paths: ["notes.txt"] });
    expect([rule("notes.txt"), rule("deep/other.txt"), rule(".")]).toEqual([undefined, undefined, undefined]);
  });

  it("keeps from a call what a person would be asked about, where it named something else", () => {
    expect(guardOf({ kind: "read", paths: ["notes.txt"] })("tls/server.key")).toBe("secret");
    expect(guardOf({ kind: "read", paths: ["."] })("tls/server.key")).toBe("secret");
    expect(guardOf({ kind: "read" })("tls/server.key")).toBe("secret");
  });

  it("lets an approved call use what it names, by whatever letters, and what lies below that", () => {
    for (const path of ["tls/server.key", "./tls/../tls/server.key", "/work/tls/server.key"]) expect(guardOf({ kind: "read", paths: [path] })("tls/server.key")).toBeUndefined();
    const rule = guardOf({ kind: "write", paths: ["docs"] });
    expect([rule("docs/a.md"), rule("docs"), rule("docs-too/a.md"), rule("other.md")]).toEqual([undefined, undefined, "write", "write"]);
  });

  it("does not let an approval of one thing count for a worse one below it", () => {
    expect(guardOf({ kind: "write", paths: ["docs"] })("docs/server.key")).toBe("secret");
  });

  it("denies what the policy denies, also where it was named", () => {
    expect(guardOf({ kind: "read", paths: ["gateway/omni.json"] })("gateway/omni.json")).toBe("floor");
  });

  it("judges by where the root really is", () => {
    expect(guardOf({ kind: "read", paths: ["omni.json"] })("omni.json", "/home/gateway")).toBe("floor");
  });
});
