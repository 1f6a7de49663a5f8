import { describe, expect, test } from "vitest";
import type { DurableEvent, ToolResultEvent, TurnOutcome } from "@omni/core";
import { toToolCallReport } from "../src/tool-call-report.ts";

const result = (status: ToolResultEvent["status"], text: string): DurableEvent => ({ type: "tool-result", callId: "c", round: 1, index: 0, name: "files.write", status, content: [{ type: "text", text }], at: 0 });
const answer = (by: string): DurableEvent => ({ type: "answer", askId: "a", decision: "deny", by, at: 0 });
const outcome: TurnOutcome = { status: "failed", sessionId: "cli:1", turnId: "1", output: "", rounds: 0, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: { code: "store.full", message: "The disk is full." } };

describe("toToolCallReport", () => {
  test.each([
    ["completed", [], "completed"],
    ["failed", [], "failed"],
    ["unknown", [], "failed"],
    ["denied", [], "denied"],
    ["denied", [answer("owner")], "denied"],
    ["denied", [answer("nobody")], "needs-approval"],
    ["denied", [answer("timeout")], "needs-approval"],
  ] as const)("tells a call that is %s after %j as %s", (status, before, told) => {
    const report = toToolCallReport([...before, result(status, "Error (tool.denied): why")], outcome);
    expect(report.status).toBe(told);
    expect(report.isError).toBe(status !== "completed");
    expect(report.reason).toBe(status === "completed" ? undefined : "why");
  });

  test("throws the turn's error when the tool was never reached", () => {
    expect(() => toToolCallReport([], outcome)).toThrow("The disk is full.");
  });
});
