import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { omni, workspacePolicyOptions } from "../src/index.ts";

describe("the options of policy-workspace", () => {
  it("have the documented defaults", () => {
    expect(workspacePolicyOptions.parse(undefined)).toEqual({ autonomy: "supervised", allow: [], deny: [], allowHosts: [], unsandboxedShell: false });
  });

  it("take tools by name and by owner", () => {
    const given = { allow: ["notes.*", "files.read", "mcp-git.*", "wörter.buch", "a.b.c"], deny: ["*", "shell.*"], allowHosts: ["example.com", "*.example.org"] };
    expect(workspacePolicyOptions.parse(given)).toMatchObject(given);
  });

  it.each(["", "*", " ", "notes*", "*.read", "notes.*.add", ".*", "notes.", ".notes", "notes..add", "notes.**", "a b", 7, null])("refuse %j in the allow list", (pattern) => {
    expect(() => workspacePolicyOptions.parse({ allow: [pattern] })).toThrow(expect.objectContaining({ code: "config.invalid", message: expect.stringContaining("policy.with: allow") }));
  });

  it.each(["", "**", "notes*", "*.read", 7])("refuse %j in the deny list", (pattern) => {
    expect(() => workspacePolicyOptions.parse({ deny: [pattern] })).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it.each(["", "*", "*.", "com", "https://example.com", "example.com:443", "Example.com", "*example.com", "[::1]", 7])("refuse %j as an allowed host", (host) => {
    expect(() => workspacePolicyOptions.parse({ allowHosts: [host] })).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it.each([{ autonomy: "FULL" }, { autonomy: "" }, { autonomy: null }, { allow: "notes.*" }, { deny: {} }, { unsandboxedShell: "true" }, { unsandboxedShell: 1 }, [], null, "full"])("refuse %j", (value) => {
    expect(() => workspacePolicyOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }));
  });

  it("reach the policy that is made", async () => {
    const policy = await omni.create(omni.options.parse({ autonomy: "readonly" }), createFakeHost());
    expect(policy.autonomy).toBe("readonly");
  });
});
