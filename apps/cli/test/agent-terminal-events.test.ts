import { describe, expect, it } from "vitest";
import { toShownEvent } from "../src/shown-event.ts";
import { toTerminalEvents } from "../src/agent/terminal-events.ts";

const result = { type: "tool-result", callId: "c", name: "files.read", status: "completed" } as const;

describe("what a terminal is told of a turn", () => {
  it("is the same of a gateway as of this process", () => {
    const here = toTerminalEvents({ ...result, content: [{ type: "text", text: "one\ntwo\n" }] });
    const there = toTerminalEvents(toShownEvent({ ...result, preview: "one\ntwo\n" }));
    expect(here).toEqual([{ type: "result", callId: "c", name: "files.read", status: "completed", detail: "2 lines" }]);
    expect(there).toEqual(here);
    expect(toTerminalEvents(toShownEvent({ ...result, preview: "begin", lines: 70 }))).toMatchObject([{ detail: "70 lines" }]);
    expect(toTerminalEvents(toShownEvent({ ...result, preview: "x".repeat(200) }))).toMatchObject([{ detail: "" }]);
  });

  it("says why a call failed, without the sign that is there anyway", () => {
    const failed = { ...result, status: "failed", content: [{ type: "text", text: "Error (files.not-found): There is no a.txt." }] } as const;
    expect(toTerminalEvents(failed)).toMatchObject([{ status: "failed", detail: "There is no a.txt." }]);
  });

  it("shows a short result itself", () => {
    expect(toTerminalEvents({ ...result, content: [{ type: "text", text: "done" }] })).toMatchObject([{ detail: "done" }]);
    expect(toTerminalEvents({ ...result, content: [] })).toMatchObject([{ detail: "" }]);
  });

  it("ends a text where calls follow or it begins again, and tells what is no part of it as a remark", () => {
    expect(toTerminalEvents({ type: "model-reply", calls: [] })).toEqual([]);
    expect(toTerminalEvents({ type: "model-reply", calls: [{}] })).toEqual([{ type: "break" }]);
    expect(toTerminalEvents({ type: "text-reset", reason: "recovered" })).toEqual([{ type: "break" }, { type: "note", text: "the turn begins again after an interruption" }]);
    expect(toTerminalEvents({ type: "note", text: "the gateway went away" })).toEqual([{ type: "note", text: "the gateway went away" }]);
    expect(toTerminalEvents({ type: "prompt" })).toEqual([]);
  });
});
