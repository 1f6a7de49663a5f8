import { expect, test } from "vitest";
import { toShownEvent } from "../src/shown-event.ts";

const result = { type: "tool-result", callId: "c", name: "files.read", status: "completed" } as const;

test("a result that a gateway shows is its preview, with how much there is where that is told", () => {
  const toLines = (preview: string, lines?: number): unknown => {
    const shown = toShownEvent({ ...result, preview, ...(lines === undefined ? {} : { lines }) });
    return shown.type === "tool-result" ? [shown.content, shown.lines] : shown;
  };
  expect(toLines("all of it")).toEqual([[{ type: "text", text: "all of it" }], undefined]);
  expect(toLines("begin", 70)).toEqual([[{ type: "text", text: "begin" }], 70]);
  expect(toLines("\u{1f600}".repeat(200))).toEqual([expect.anything(), "unknown"]);
  expect(toLines("\u{1f600}".repeat(199))).toEqual([expect.anything(), undefined]);
});

test("all other events of a gateway are shown as they are", () => {
  expect(toShownEvent({ type: "text-delta", text: "x" })).toEqual({ type: "text-delta", text: "x" });
});
