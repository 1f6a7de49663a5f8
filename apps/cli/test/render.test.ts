import { describe, expect, test } from "vitest";
import fc from "fast-check";
import type { AskEvent, ToolResultEvent, TurnOutcome } from "@omni/core";
import { createAnswerStream } from "../src/render/answer-stream.ts";
import { toAskText, toReply } from "../src/render/ask-text.ts";
import { toFit, widthOf } from "../src/render/text-width.ts";
import { toOneLine, toSafeTerminalText } from "../src/render/safe-text.ts";
import { toProgressLine } from "../src/render/progress-line.ts";
import { toStyle } from "../src/render/style.ts";
import { toTable } from "../src/render/table.ts";

const plain = toStyle({ isTerminal: false, columns: undefined }, {});

const result = (status: ToolResultEvent["status"], text: string): ToolResultEvent => ({
  type: "tool-result",
  callId: "r1c0",
  round: 1,
  index: 0,
  name: "files.read",
  status,
  content: [{ type: "text", text }],
  at: 0,
});

const outcome = (output: string): TurnOutcome => ({
  status: "completed",
  sessionId: "cli:1",
  turnId: "1",
  output,
  rounds: 1,
  toolCalls: [],
  usage: { inputTokens: 0, outputTokens: 0 },
  error: null,
});

const reply = (calls: number) =>
  ({ type: "model-reply", round: 1, text: "", reasoning: "", calls: Array.from({ length: calls }, () => ({ id: "1", name: "files.read", arguments: "{}" })), finish: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: true }, at: 0 }) as const;

describe("toSafeTerminalText", () => {
  test("removes what a terminal would obey and shows what would disguise a text", () => {
    expect(toSafeTerminalText("a\u001b[31mred\u001b]0;title\u0007b\u009b2J\u0007\r\n\tc\u202eexe")).toBe("aredb2J\n\tc\\u202eexe");
  });

  test("leaves no control character besides tab and line feed, for any text", () => {
    const character = fc.oneof(fc.constantFrom("\u001b", "\u009b", "]", "[", "\u0007", "\u202e", "\n"), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(character).map((parts) => parts.join("")), (text) => {
        expect(toSafeTerminalText(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(toOneLine(text)).not.toMatch(/[\n\t\u001b]/);
      }),
    );
  });
});

describe("text width", () => {
  test("counts two cells for wide characters and none for marks", () => {
    expect([widthOf("abc"), widthOf("日本"), widthOf("e\u0301"), widthOf("🙂"), widthOf("👩‍👩‍👧")]).toEqual([3, 4, 1, 2, 2]);
  });

  test("cuts to the width, never through a character, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
        const cut = toFit(text, columns);
        expect(widthOf(cut)).toBeLessThanOrEqual(Math.max(columns, 1));
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
    expect([toFit("abcdef", 4), toFit("日本語", 4), toFit("abc", 3)]).toEqual(["abc…", "日…", "abc"]);
  });
});

describe("toTable", () => {
  const rows = [
    ["cli:review", "12", "a long description that does not fit"],
    ["cli:日本", "3", "short"],
  ];

  test("aligns columns and cuts nothing where there is no width", () => {
    expect(toTable(["SESSION", "N", "ABOUT"], rows, undefined)).toBe(
      ["SESSION     N   ABOUT", "cli:review  12  a long description that does not fit", "cli:日本    3   short", ""].join("\n"),
    );
  });

  test.each([20, 40, 60])("fits into %i columns", (columns) => {
    for (const line of toTable(["SESSION", "N", "ABOUT"], rows, columns).split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  test("keeps every row on a line of its own whatever the cells hold", () => {
    expect(toTable(["A"], [["x\ny\u001b[2J"]], undefined)).toBe("A\nx y\n");
  });
});

describe("toProgressLine", () => {
  test("tells calls and results in one plain line each", () => {
    const call = { type: "tool-call", callId: "1", round: 1, index: 0, name: "files.read", arguments: { path: "a\nb" }, effect: "read", idempotencyKey: "k", at: 0 } as const;
    expect(toProgressLine(call, plain)).toBe('call files.read {"path":"a\\nb"}');
    expect(toProgressLine(result("completed", "one\ntwo\n"), plain)).toBe("done files.read: 2 lines");
    expect(toProgressLine({ ...result("completed", "begin"), lines: 3 }, plain)).toBe("done files.read: 3 lines");
    expect(toProgressLine({ ...result("completed", "begin"), lines: "unknown" }, plain)).toBe("done files.read");
    expect(toProgressLine({ type: "note", text: "it went away" }, plain)).toBe("note it went away");
    expect(toProgressLine(result("failed", "Error (tool.failed):\nno"), plain)).toBe("fail files.read: Error (tool.failed): no");
    expect(toProgressLine(result("denied", "no"), plain)).toBe("deny files.read: no");
    expect(toProgressLine(result("unknown", "no"), plain)).toBe("lost files.read: no");
  });

  test("says nothing of the answer's text", () => {
    expect(toProgressLine({ type: "text-delta", text: "x" }, plain)).toBeUndefined();
  });

  test("colours only in a terminal that did not refuse it", () => {
    const line = (env: Record<string, string>): string | undefined => toProgressLine(result("completed", ""), toStyle({ isTerminal: true, columns: 80 }, env));
    expect([line({}), line({ NO_COLOR: "1" }), line({ TERM: "dumb" })]).toEqual(["\u001b[32mdone files.read\u001b[0m", "done files.read", "done files.read"]);
  });

  test("fits into 20 columns", () => {
    expect(toProgressLine(result("failed", "x".repeat(100)), toStyle({ isTerminal: true, columns: 20 }, { TERM: "dumb" }))).toHaveLength(20);
  });
});

describe("createAnswerStream", () => {
  const play = (events: readonly Parameters<ReturnType<typeof createAnswerStream>["next"]>[0][], last: TurnOutcome): string => {
    const stream = createAnswerStream();
    return events.map((event) => stream.next(event)).join("") + stream.end(last);
  };

  test("streams the answer once and ends its line", () => {
    expect(play([{ type: "text-delta", text: "Hel" }, { type: "text-delta", text: "lo" }, reply(0)], outcome("Hello"))).toBe("Hello\n");
  });

  test("keeps narration before calls on a line of its own", () => {
    expect(play([{ type: "text-delta", text: "I look." }, reply(1), { type: "text-delta", text: "Done." }, reply(0)], outcome("Done."))).toBe("I look.\nDone.\n");
  });

  test("leaves the line to a remark and to a person who is asked, and goes on after a remark", () => {
    const stream = createAnswerStream();
    const texts = [{ type: "text-delta", text: "I" }, { type: "note", text: "wait" }, { type: "text-delta", text: " look." }, { type: "ask" }, { type: "text-delta", text: "Done." }] as const;
    expect(texts.map((event) => stream.next(event))).toEqual(["I", "\n", " look.", "\n", "Done."]);
    expect(stream.end(outcome("Done."))).toBe("\n");
    expect(play([texts[0], texts[1], texts[2]], outcome("I look."))).toBe("I\n look.\n");
    for (const type of ["tool-call", "tool-result"] as const) {
      const event = { type, name: "files.read", arguments: {}, status: "completed", content: [] } as const;
      expect(play([texts[0], event, texts[4]], outcome("Done."))).toBe("I\nDone.\n");
    }
  });

  test("adds what the outcome says beyond the stream", () => {
    expect(play([{ type: "text-delta", text: "So far" }], outcome("So far\n\nThe limit was reached."))).toBe("So far\n\nThe limit was reached.\n");
    expect(play([{ type: "text-delta", text: "half of it" }, { type: "text-reset", reason: "recovered" }], outcome("whole"))).toBe("half of it\nwhole\n");
    expect(play([], outcome("whole\n"))).toBe("whole\n");
    expect(play([], outcome(""))).toBe("");
  });
});

describe("asks", () => {
  const ask = (extra: Partial<AskEvent>): AskEvent => ({ type: "ask", askId: "1", kind: "approval", callId: "c", tool: "shell.run", arguments: { command: "rm x\u001b[2K" }, digest: "d", reason: "it runs a program", at: 0, expiresAt: 1, ...extra });

  test("show what would run, with nothing hidden and nothing obeyed", () => {
    const text = toAskText(ask({}));
    expect(text).toContain("shell.run wants to run");
    expect(text).toContain("rm x");
    expect(text).not.toContain("\u001b");
    expect(text).toMatch(/\[y\]es once \/ \[n\]o \/ \[a\]lways: $/);
    expect(toAskText(ask({ arguments: { text: "x".repeat(20_000) } }))).toContain("more characters");
  });

  test.each([
    ["y", { decision: "allow" }],
    [" YES ", { decision: "allow" }],
    ["a", { decision: "always" }],
    ["n", { decision: "deny" }],
    ["", { decision: "deny" }],
    [undefined, { decision: "deny" }],
    ["maybe", undefined],
  ])("read %j", (line, expected) => {
    expect(toReply(ask({}), line)).toEqual(expected);
  });

  test("take a choice by number or by word, and free text where there are none", () => {
    const question = ask({ kind: "question", question: "Which?", choices: ["Blue", "Red"] });
    expect(toAskText(question)).toBe("Which?\n  1  Blue\n  2  Red\n> ");
    expect([toReply(question, "2"), toReply(question, "blue"), toReply(question, "green"), toReply(question, "")]).toEqual([{ answer: "Red" }, { answer: "Blue" }, { answer: "green" }, undefined]);
  });
});
