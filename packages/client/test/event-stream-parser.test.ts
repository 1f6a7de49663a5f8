import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventStreamItem } from "../src/event-stream-parser.ts";
import { createEventStreamParser } from "../src/event-stream-parser.ts";

const parse = (...pieces: readonly string[]): readonly EventStreamItem[] => {
  const parser = createEventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

/** Text without line ends, as a field can hold it. */
const line = fc.string({ unit: fc.constantFrom("a", "b", " ", ":", "é", "\u{1f600}", "\uFEFF", "\u0000", "id", "data") });
const written = fc.record({ event: line, id: line.filter((id) => !id.includes("\u0000")), data: fc.array(line, { minLength: 1, maxLength: 4 }), comment: line });
const end = fc.constantFrom("\n", "\r\n", "\r");

describe("createEventStreamParser", () => {
  it("gives back what was written, for any events and line ends, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(written), end, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (events, lineEnd, sizes) => {
        const text = events
          .flatMap(({ event, id, data, comment }) => [`: ${comment}`, `event: ${event}`, `id: ${id}`, ...data.map((each) => `data: ${each}`), ""])
          .map((each) => each + lineEnd)
          .join("");
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const expected = events.flatMap(({ event, id, data, comment }): EventStreamItem[] => [
          { kind: "comment", text: comment },
          { kind: "event", event: event === "" ? "message" : event, id, data: data.join("\n") },
        ]);
        // A CR at the very end may be half of a CRLF: what comes next decides.
        expect(parse(...pieces, ":")).toEqual(expected);
      }),
    );
  });

  it("never throws, and tells the same of any text however it is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("\r", "\n", ":", " ", "data", "event", "id", "x", "\uFEFF") })), (pieces) => {
        expect(parse(...pieces)).toEqual(parse(pieces.join("")));
      }),
    );
  });

  it("keeps the last id, names an event without a name, and drops one without data", () => {
    expect(parse("id: 1.1\ndata: a\n\ndata: b\n\nevent: x\n\ndata: c\n\n")).toEqual([
      { kind: "event", event: "message", id: "1.1", data: "a" },
      { kind: "event", event: "message", id: "1.1", data: "b" },
      { kind: "event", event: "message", id: "1.1", data: "c" },
    ]);
  });

  it("takes a field without a colon, without the space, and one it does not know", () => {
    expect(parse("data\nretry: 5\ndata:x\nwhat: ever\n\n")).toEqual([{ kind: "event", event: "message", id: "", data: "\nx" }]);
  });

  it("tells nothing of an event that is not complete", () => {
    expect(parse("event: text-delta\ndata: {}\n")).toEqual([]);
  });
});
