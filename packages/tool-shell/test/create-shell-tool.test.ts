import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createShellTool, omni, shellToolOptions } from "../src/index.ts";

describe("createShellTool", () => {
  const toolset = createShellTool(shellToolOptions.parse({}), createFakeHost());
  const [run, output] = toolset.tools();

  it("offers the documented tools with the documented arguments", () => {
    const shapes = toolset.tools().map((tool) => {
      const { properties, required = [] } = tool.inputSchema as { properties: object; required?: readonly string[] };
      return `${tool.name} ${Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`)).join(" ")}`;
    });
    expect(shapes).toEqual(["shell.run command? argv? cwd? timeoutMs?", "shell.output id offset? limit?"]);
    expect([run?.effect, output?.annotations?.readOnlyHint]).toEqual(["once", true]);
  });

  it("names what a call would run and where", () => {
    expect(run?.action?.({ command: "ls -la", cwd: "../x" })).toEqual({ kind: "execute", argv: ["ls", "-la"], paths: ["../x"] });
    expect(run?.action?.({ command: "ls; rm -rf /" })).toEqual({ kind: "execute", argv: ["/bin/sh", "-c", "ls; rm -rf /"] });
    expect(run?.action?.({})).toEqual({ kind: "execute", argv: ["/bin/sh", "-c", ""] });
    expect(output?.action?.({ id: "x" })).toEqual({ kind: "internal" });
  });

  it("starts nothing until it is called", async () => {
    await toolset.close();
  });
});

describe("shellToolOptions", () => {
  it("fills in defaults and refuses what is no whole number of at least 1, and what is no environment", () => {
    expect(shellToolOptions.parse(undefined)).toMatchObject({ timeoutMs: 120_000, wholeBytes: 8_388_608, env: {} });
    expect(shellToolOptions.parse({ longestTimeoutMs: 5_000 }).timeoutMs).toBe(5_000);
    for (const value of [0, -1, 1.5, "5", null]) expect(() => shellToolOptions.parse({ keptCalls: value })).toThrow("keptCalls");
    for (const env of [[], { "A=B": "x" }, { A: 1 }, { A: "a\0b" }]) expect(() => shellToolOptions.parse({ env })).toThrow("env");
    expect(() => shellToolOptions.parse([])).toThrow("no object");
  });

  it("is exported as a module of slot tool", () => {
    expect(omni).toMatchObject({ slot: "tool", name: "shell", contract: 1 });
  });
});
