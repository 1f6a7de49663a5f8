import { describe, expect, it } from "vitest";
import { calls, createHarness, says, text, tool } from "./turn-harness.ts";

describe("what a model writes", () => {
  it.each([
    '<tool_call>{"name": "shell.run", "arguments": {"command": "rm x"}}</tool_call>',
    '```tool_call\n{"name": "shell.run", "arguments": {}}\n```',
    '{"tool_calls": [{"function": {"name": "shell__run", "arguments": "{}"}}]}',
    "shell.run>rm x",
  ])("is words and no call where the wire has no call: %j", async (words) => {
    let ran = 0;
    const turn = createHarness({ script: [says(words)], tools: [tool("shell.run", "once", async () => ((ran += 1), text("ran")))] });
    expect(await turn.run()).toMatchObject({ status: "completed", output: words, toolCalls: [] });
    expect(ran).toBe(0);
  });

  it.each(["bash", "shell", "exec", "remote.shell.run", "shell.Run", "run"])("never calls another tool in the place of one that is not there: %s", async (name) => {
    let ran = 0;
    const turn = createHarness({ script: [calls([name, { command: "rm x" }]), says("then not")], tools: [tool("shell.run", "once", async () => ((ran += 1), text("ran")))] });
    expect(await turn.run()).toMatchObject({ output: "then not", toolCalls: [{ name, status: "failed" }] });
    expect(ran).toBe(0);
  });
});
