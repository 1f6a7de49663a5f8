import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toMediaTypes } from "../src/media-type.ts";
import { wantsEvents } from "../src/sse.ts";

function wants(accept: string): boolean {
  return wantsEvents(new Request("http://localhost/", { headers: accept === "" ? {} : { accept } }));
}

describe("Accept", () => {
  it.each([
    "text/event-stream",
    "Text/Event-Stream",
    "text/event-stream;charset=utf-8",
    "text/event-stream, application/json",
    "application/json,text/event-stream",
    "application/json;q=0.9, text/event-stream",
    "application/json ; q=0.5 , text/event-stream;Q=0.5",
    "text/event-stream, */*",
    "*/*;q=0.8, text/event-stream",
    "text/event-stream;q=0.5, application/*;q=0.5",
    "application/json;q=0.1, */*, text/event-stream;q=0.5",
    "text/event-stream;q=0.001",
    "text/event-stream;q=0, text/event-stream",
    "text/event-stream;q=",
    "text/event-stream;q=high",
    ", ,text/event-stream,",
    'text/html;title="a, b", text/event-stream',
  ])("asks for events: %j", (accept) => expect(wants(accept)).toBe(true));

  it.each([
    "",
    "*/*",
    "text/*",
    "application/json",
    "text/event-streams",
    "text/event-stream;q=0",
    "text/event-stream; q=0.000",
    "application/json, text/event-stream;q=0",
    "application/json, text/event-stream;q=0.9",
    "text/event-stream;q=0.9, */*",
    "text/event-stream;q=0.2, application/*;q=0.3, */*;q=0.1",
    'text/html;title=", text/event-stream"',
    'text/html;title="a\\", text/event-stream',
  ])("asks for JSON: %j", (accept) => expect(wants(accept)).toBe(false));

  it("asks for events where they are liked at least as much as JSON, in whatever order and company", () => {
    const quality = fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000);
    const others = fc.subarray(["text/html", "text/plain;q=0.1", "image/*;q=1", 'a/b;c="d,e"']);
    fc.assert(
      fc.property(quality, fc.option(quality), others, fc.boolean(), (events, json, more, isLast) => {
        const named = [...(json === null ? [] : [`application/json;q=${json}`]), ...more];
        const range = `text/event-stream;q=${events}`;
        expect(wants((isLast ? [...named, range] : [range, ...named]).join(", "))).toBe(events > 0 && events >= (json ?? 0));
      }),
    );
  });

  it("breaks on nothing, and loses no time on it", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(toMediaTypes(text))));
    for (const piece of ['"', "\\", '"\\', ";", " ", ";=", ",\"", "a"]) expect(toMediaTypes(piece.repeat(16_384 / piece.length)).length).toBeLessThanOrEqual(16_384);
  });
});
