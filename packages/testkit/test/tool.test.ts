import { readFileSync } from "node:fs";
import type { Tool, Toolset } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { EchoTools } from "../src/fakes/index.ts";
import type { ToolsetPlace } from "../src/index.ts";
import { createEchoTools, createManualClock } from "../src/fakes/index.ts";
import { createToolContext, describeBroken, describeDocumented, describeTool, toolContract } from "../src/index.ts";

const page = readFileSync(new URL("../../../docs/contracts/tool.md", import.meta.url), "utf8");

function createPlace(change: (tools: EchoTools) => Partial<Toolset> = () => ({}), extra: Partial<ToolsetPlace> = {}): ToolsetPlace {
  const clock = createManualClock();
  const tools = createEchoTools(clock);
  const more: Tool = { name: "echo.more", description: "One more.", inputSchema: { type: "object" }, execute: async () => ({ content: [] }) };
  return {
    toolset: { ...tools, ...change(tools) },
    samples: [
      { tool: "echo.say", input: { text: "hello" } },
      { tool: "echo.append", input: { text: "a" } },
      { tool: "echo.put", input: { key: "k", value: "v" } },
      { tool: "echo.wait", input: { milliseconds: "0" } },
      { tool: "echo.fail", input: { message: "" } },
    ],
    failing: [
      { tool: "echo.fail", input: { message: "broken" } },
      { tool: "echo.fail", input: { message: "broken", thrown: "yes" } },
    ],
    slow: { tool: "echo.wait", input: { milliseconds: "600000" } },
    state: async () => ({ appended: [...tools.appended], stored: Object.fromEntries(tools.stored), puts: tools.puts }),
    elapse: (milliseconds) => clock.advance(milliseconds),
    change: async () => {
      tools.extend([more]);
      await Promise.resolve();
    },
    dispose: async () => undefined,
    ...extra,
  };
}

/** The echo tools that have a sample, each with one thing changed. */
function withTools(change: (tool: Tool, tools: EchoTools) => Partial<Tool>): () => ToolsetPlace {
  return () =>
    createPlace((tools) => {
      const changed = tools.tools().map((tool) => ({ ...tool, ...change(tool, tools) }));
      return { tools: () => changed };
    });
}

const silent = (): AbortSignal => new AbortController().signal;

describe("the kit of tools", () => {
  describeTool("echo tools", createPlace, { abilities: ["waits", "keyed", "changes"] });
  describeDocumented(toolContract, page);

  let asked = 0;
  describeBroken(toolContract, {
    T1: withTools(() => ({ name: "echo.say" })),
    T2: withTools((tool) => (tool.name === "echo.say" ? { inputSchema: { type: "object", properties: { text: { type: "string" } } } } : {})),
    T3: () => createPlace((tools) => ({ tools: () => tools.tools().map((tool) => ({ ...tool })) })),
    T4: withTools((tool) => (tool.name === "echo.say" ? { execute: async () => ({ content: [{ type: "text", text: "" }] }) } : {})),
    T5: withTools((tool, tools) => (tool.name === "echo.say" ? { execute: (_input, context) => call(tools, "echo.append", context) } : {})),
    T6: withTools(() => ({ action: () => ({ kind: "read", paths: [String((asked += 1))] }) })),
    T7: withTools(() => ({ action: (input) => ({ kind: input["text"] === "a" ? unreachable() : "read" }) })),
    T8: withTools((tool) => ({ execute: (input, context) => tool.execute(input, { ...context, signal: silent() }) })),
    T9: withTools((tool) => ({ execute: async (input, context) => tool.execute(input, { ...context, signal: context.signal.aborted ? context.signal : silent() }) })),
    T10: withTools((tool) => (tool.name === "echo.fail" ? { execute: () => new Promise(() => undefined) } : {})),
    T11: withTools((tool) => ({ execute: (input, context) => tool.execute(input, { ...context, idempotencyKey: String((asked += 1)) }) })),
    T12: () =>
      createPlace((tools) => ({
        onChange(changed) {
          tools.onChange(changed);
          return () => undefined;
        },
      })),
    T13: () =>
      createPlace(() => ({
        onChange() {
          const first = [true];
          return () => {
            if (first.pop() === undefined) throw new Error("already ended");
          };
        },
      })),
    T14: () => {
      const first = [true];
      return createPlace(() => ({
        async close() {
          if (first.pop() === undefined) throw new Error("already closed");
        },
      }));
    },
  });
});

describe("a tool context of the kit", () => {
  it("runs a step and asks nobody", async () => {
    const context = createToolContext();
    expect(await context.step("one", async () => 1)).toBe(1);
    await expect(context.ask({ question: "?" })).rejects.toThrow("nobody");
  });
});

function call(tools: EchoTools, name: string, context: Parameters<Tool["execute"]>[1]): ReturnType<Tool["execute"]> {
  const tool = tools.tools().find((each) => each.name === name);
  if (tool === undefined) throw new Error(`no ${name}`);
  return tool.execute({ text: "more" }, context);
}

function unreachable(): never {
  throw new Error("this call has no action");
}
