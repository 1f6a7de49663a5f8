import { describe, expect, it } from "vitest";
import type { Tool, Toolset } from "@omni/core";
import { createRecordingLog } from "@omni/testkit/fakes";
import { createToolRegistry } from "../src/tool-registry.ts";

const tool = (name: string, readOnly: boolean): Tool => ({ name, description: name, inputSchema: { type: "object" }, annotations: { readOnlyHint: readOnly }, execute: async () => ({ content: [] }) });
const toolset = (owner: string, trusted: boolean, tools: Tool[]): Toolset & { change(): void } => {
  let listener: (() => void) | undefined;
  const set = {
    owner,
    trusted,
    tools: () => tools,
    onChange: (changed: () => void) => {
      listener = changed;
      return () => (listener = undefined);
    },
    change: () => listener?.(),
    close: async () => undefined,
  };
  return set;
};

describe("createToolRegistry", () => {
  it("lists the tools of all owners by name, whatever the order they came in", () => {
    const registry = createToolRegistry([toolset("z", true, [tool("z.a", true)]), toolset("a", true, [tool("a.b", false), tool("a.a", true)])], createRecordingLog());
    expect(registry.list().map((each) => each.tool.name)).toEqual(["a.a", "a.b", "z.a"]);
    expect(registry.find("a.b")?.effect).toBe("once");
  });

  it("believes nothing that an untrusted owner says of its tools", () => {
    const registry = createToolRegistry([toolset("x", false, [tool("x.a", true)])], createRecordingLog());
    expect(registry.find("x.a")).toMatchObject({ effect: "once", trusted: false });
  });

  it("lets the first owner keep a name that two claim, and says so", () => {
    const log = createRecordingLog();
    const first = toolset("a", true, [tool("a.x", true)]);
    const registry = createToolRegistry([first, toolset("b", true, [tool("a.x", false)])], log);
    expect(registry.find("a.x")?.effect).toBe("read");
    expect(log.lines).toHaveLength(1);
  });

  it("knows new tools after a change, tells who listens, and after its end nobody", async () => {
    const tools = [tool("a.x", true)];
    const set = toolset("a", true, tools);
    const registry = createToolRegistry([set], createRecordingLog());
    let told = 0;
    registry.onChange(() => (told += 1));
    expect(registry.find("a.y")).toBeUndefined();
    tools.push(tool("a.y", true));
    set.change();
    expect(registry.find("a.y")).toBeDefined();
    expect(told).toBe(1);
    registry.close();
    set.change();
    expect(told).toBe(1);
  });
});
