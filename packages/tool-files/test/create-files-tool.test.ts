import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createFilesTool, filesToolOptions, omni } from "../src/index.ts";

describe("createFilesTool", () => {
  const toolset = createFilesTool(filesToolOptions.parse({}), createFakeHost());

  it("offers the documented tools with the documented arguments", () => {
    const shapes = toolset.tools().map((tool) => {
      const { properties, required = [] } = tool.inputSchema as { properties: object; required?: readonly string[] };
      return `${tool.name} ${Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`)).join(" ")}`;
    });
    expect(shapes).toEqual([
      "files.read path offset? limit?",
      "files.write path content",
      "files.edit path old new all?",
      "files.list path? depth?",
      "files.glob pattern path?",
      "files.grep pattern path? glob? context?",
    ]);
  });

  it("marks what only reads, what may be repeated and what may not", () => {
    const hints = Object.fromEntries(toolset.tools().map((tool) => [tool.name, `${tool.annotations?.readOnlyHint} ${tool.annotations?.idempotentHint}`]));
    expect(hints).toEqual({
      "files.read": "true undefined",
      "files.write": "false true",
      "files.edit": "false false",
      "files.list": "true undefined",
      "files.glob": "true undefined",
      "files.grep": "true undefined",
    });
  });

  it("names the path and the kind of every action", () => {
    const actions = toolset.tools().map((tool) => tool.action?.({ path: "a/../../b" }));
    expect(actions.map((action) => action?.kind)).toEqual(["read", "write", "write", "read", "read", "read"]);
    expect(actions.every((action) => action?.paths?.[0] === "a/../../b")).toBe(true);
    expect(toolset.tools()[3]?.action?.({})).toEqual({ kind: "read", paths: ["."] });
  });
});

describe("filesToolOptions", () => {
  it("fills in defaults and refuses what is no whole number of at least 1", () => {
    expect(filesToolOptions.parse(undefined).readLines).toBe(2_000);
    expect(filesToolOptions.parse({ matches: 5 })).toMatchObject({ matches: 5, entries: 2_000 });
    for (const value of [0, -1, 1.5, "5", null]) expect(() => filesToolOptions.parse({ matches: value })).toThrow("matches");
    expect(() => filesToolOptions.parse([])).toThrow("no object");
  });

  it("is exported as a module of slot tool", () => {
    expect(omni).toMatchObject({ slot: "tool", name: "files", contract: 1 });
  });
});
