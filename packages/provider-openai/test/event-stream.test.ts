import { createManualClock } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginAttempt } from "../src/attempt.ts";
import { largestEventCharacters, readEventStream } from "../src/event-stream.ts";
import { largestStreamBytes } from "../src/guarded-body.ts";

const encoder = new TextEncoder();

function begin(): { readonly clock: ReturnType<typeof createManualClock>; readonly attempt: ReturnType<typeof beginAttempt> } {
  const clock = createManualClock();
  return { clock, attempt: beginAttempt(new AbortController().signal, { clock, timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 }, origin: "http://x" }) };
}

/** Reads a body of these pieces: the values of its events, how many bytes were asked for, and what ended it. */
async function read(pieces: Iterable<Uint8Array>): Promise<{ readonly values: readonly unknown[]; readonly total: number; readonly error: unknown }> {
  const { clock, attempt } = begin();
  const values: unknown[] = [];
  let total = 0;
  function* counted(): Generator<Uint8Array> {
    for (const bytes of pieces) {
      total += bytes.length;
      yield bytes;
    }
  }
  let error: unknown;
  try {
    await readEventStream(ReadableStream.from(counted()), { attempt, origin: "http://x", take: (value, name) => void values.push(name === undefined ? value : [name, value]) });
  } catch (thrown) {
    error = thrown;
  }
  attempt.end(error === undefined);
  // A body that is left as whole has its formal end read; then nothing waits any more.
  await clock.advance(0);
  expect(clock.pending).toBe(0);
  return { values, total, error };
}

/** The bytes of a text in pieces of so many. */
function cut(text: string, size: number): readonly Uint8Array[] {
  const bytes = encoder.encode(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, index * size + size));
}

function* repeat(text: string): Generator<Uint8Array> {
  const bytes = encoder.encode(text.repeat(Math.ceil(1_000_000 / text.length)));
  for (;;) yield bytes;
}

describe("a stream of events", () => {
  it.each([
    ["a line without an end", "x"],
    ["data without an end", 'data: "x"\r\n'],
    ["data of the old kind without an end", 'data: "x"\r'],
  ])("is refused with one event of %s", async (_what, text) => {
    const { total, error } = await read(repeat(text));
    expect(error).toMatchObject({ code: "provider.bad-response", message: expect.stringContaining("one event") });
    expect(total).toBeLessThan(largestEventCharacters * 4);
  });

  it.each(["\n\n", "\r\n\r\n", "\r\r", "\n"])("is refused where it has no end, parted by %j", async (parting) => {
    const { total, error } = await read(repeat(`: ${"x".repeat(500)}${parting}`));
    expect(error).toMatchObject({ code: "provider.bad-response", message: expect.stringContaining("a reply of more") });
    expect(total).toBeLessThanOrEqual(largestStreamBytes + 4_000_000);
  });

  it("reads the same in any newlines, with any comments, and however it is cut", async () => {
    const part = fc.oneof<fc.Arbitrary<{ readonly lines: readonly string[]; readonly value: readonly unknown[] }>[]>(
      fc.string({ unit: "binary", maxLength: 6 }).map((text) => ({ lines: [`data: ${JSON.stringify(text)}`], value: [text] })),
      fc.constant({ lines: [": a comment"], value: [] }),
      fc.constant({ lines: ["event: named", "data:[1,", "data: 2]", "id: 3"], value: [["named", [1, 2]]] }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("\n", "\r\n", "\r"), fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom("", "\uFEFF"), async (newline, parts, size, mark) => {
        const text = mark + parts.map(({ lines }) => lines.map((line) => line + newline).join("") + newline).join("");
        expect(await read(cut(text, size))).toMatchObject({ values: parts.flatMap(({ value }) => value), error: undefined });
      }),
    );
  });

  it("takes what has begun as an event where the last blank line is left out, and is cut within one", async () => {
    expect(await read(cut('data: 1\n\ndata: 2', 3))).toMatchObject({ values: [1, 2], error: undefined });
    expect(await read(cut('data: 1\n\ndata: {"a', 3))).toMatchObject({ values: [1], error: { code: "provider.cut" } });
    expect(await read(cut('data: 1\n\ndata: {"a\n\n', 3))).toMatchObject({ values: [1], error: { code: "provider.bad-response" } });
  });

  it.each([
    ["data: {}\n\ndata: [DONE]\n\n", "whole"],
    ["data: {}\r\n\r\ndata:[DONE]\r\n\r\n", "whole"],
    ["data: nonsense\n\n", "broken off"],
    ["data: [DONE] or not\n\n", "broken off"],
  ])("is left after %j as %s", async (text, how) => {
    const { clock, attempt } = begin();
    let isCancelled = false;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(text)),
      pull: (controller) => ended.then(() => controller.close()),
      cancel() {
        isCancelled = true;
      },
    });
    const isBrokenOff = how === "broken off";
    const reading = readEventStream(body, { attempt, origin: "http://x", take: () => undefined });
    await (isBrokenOff ? expect(reading).rejects.toMatchObject({ code: "provider.bad-response" }) : reading);
    attempt.end(true);
    expect([isCancelled, clock.pending]).toEqual([isBrokenOff, isBrokenOff ? 0 : 1]);
    end();
    await clock.advance(0);
    expect([isCancelled, clock.pending, attempt.signal.aborted]).toEqual([isBrokenOff, 0, false]);
  });

  it("is read no further than it is taken", async () => {
    const { attempt } = begin();
    const gate = Promise.withResolvers<void>();
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => void ((pulled += 1) <= 3 ? controller.enqueue(encoder.encode(`data: ${pulled}\n\n`)) : controller.close()) }, { highWaterMark: 0 });
    const values: unknown[] = [];
    const reading = readEventStream(body, { attempt, origin: "http://x", take: (value) => (values.push(value), value === 1 ? gate.promise : undefined) });
    for (let tick = 0; tick < 5; tick += 1) await new Promise((resolve) => void setImmediate(resolve));
    expect([values, pulled]).toEqual([[1], 1]);
    gate.resolve();
    await reading;
    attempt.end(true);
    expect(values).toEqual([1, 2, 3]);
  });
});
