import { expect, test } from "vitest";
import type { SessionView, TurnView } from "@omni/runtime";
import { toSessionText, toTurnMarkdown } from "../src/render/session-text.ts";
import { widthOf } from "../src/render/text-width.ts";

const turn: TurnView = {
  turnId: "01A",
  status: "failed",
  startedAt: "2026-01-02T03:04:05.006Z",
  origin: "cli",
  user: "read\nboth",
  output: "I could not\u001b[2J.",
  toolCalls: [
    { name: "files.read", arguments: { path: "a.txt" }, status: "completed", content: [{ type: "text", text: "```\ntext" }] },
    { name: "files.read", arguments: { path: "b.txt" }, status: "failed", content: [{ type: "text", text: "no such\nfile" }] },
  ],
};
const view: SessionView = { sessionId: "cli:a", stats: { totalTurns: 1, totalToolCalls: 2, windowUsed: 1, tokens: 30 }, turns: [turn] };

test("shows a session with its turns and calls, safe to look at", () => {
  expect(toSessionText(view, undefined)).toBe(
    [
      "cli:a: 1 turns, 2 tool calls; the model sees 1 turns (30 tokens)",
      "",
      "2026-01-02 03:04:05Z  01A  cli",
      "> read",
      "both",
      '  files.read {"path":"a.txt"} completed',
      '  files.read {"path":"b.txt"} failed: no such file',
      "I could not.",
      "[failed]",
      "",
    ].join("\n"),
  );
});

test("cuts calls to the width of the terminal", () => {
  const calls = toSessionText(view, 20).split("\n").filter((line) => line.startsWith("  files"));
  expect(calls.map(widthOf)).toEqual([20, 20]);
});

test("fences results in Markdown so that they cannot end their fence", () => {
  const text = toTurnMarkdown(turn);
  expect(text).toContain("## 2026-01-02 03:04:05Z · failed");
  expect(text).toContain("> read\n> both");
  expect(text).toContain("````\n```\ntext\n````");
});
