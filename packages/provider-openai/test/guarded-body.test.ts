import { createManualClock } from "@omni/testkit/fakes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BodyProgress } from "../src/guarded-body.ts";
import { beginAttempt } from "../src/attempt.ts";
import { largestEventBytes, largestStreamBytes, toGuardedBytes } from "../src/guarded-body.ts";

const encoder = new TextEncoder();

/** Reads a body through the guard; tells how many bytes came through, and how it stands. */
async function guard(chunks: Iterable<Uint8Array>): Promise<{ readonly total: number; readonly progress: BodyProgress; readonly error: unknown }> {
  const clock = createManualClock();
  const attempt = beginAttempt(new AbortController().signal, { clock, timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 }, origin: "http://x" });
  const progress: BodyProgress = { hasEnded: false, isWithinEvent: false };
  let total = 0;
  let error: unknown;
  try {
    for await (const bytes of toGuardedBytes(ReadableStream.from(chunks), { attempt, progress, origin: "http://x" })) total += bytes.length;
  } catch (thrown) {
    error = thrown;
  }
  attempt.end(error === undefined);
  expect(clock.pending).toBe(0);
  return { total, progress, error };
}

function* repeat(text: string): Generator<Uint8Array> {
  const bytes = encoder.encode(text.repeat(Math.ceil(1_000_000 / text.length)));
  for (;;) yield bytes;
}

describe("toGuardedBytes", () => {
  it.each([
    ["a line without an end", "x"],
    ["lines without a blank one", "data: x\r\n"],
    ["lines of the old kind without a blank one", "data: x\r"],
  ])("refuses one event of %s", async (_what, text) => {
    const { total, error } = await guard(repeat(text));
    expect(error).toMatchObject({ code: "provider.bad-response", message: expect.stringContaining("one event") });
    expect(total).toBeLessThan(largestEventBytes * 2);
  });

  it.each(["\n\n", "\r\n\r\n", "\r\r"])("refuses a reply of events without an end, parted by %j", async (blank) => {
    const { total, error } = await guard(repeat(`: ${"x".repeat(500)}${blank}`));
    expect(error).toMatchObject({ code: "provider.bad-response", message: expect.stringContaining("a reply of more") });
    expect(total).toBeLessThanOrEqual(largestStreamBytes);
  });

  it("knows whether a body ended within an event, in any newlines and however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.constantFrom("data: a", ": b", "event: c"), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 9 }), fc.boolean(), async (newline, lines, size, isWhole) => {
        const text = lines.map((line) => line + newline).join(newline) + (isWhole ? newline : "");
        const bytes = encoder.encode(text);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, index * size + size));
        const { total, progress } = await guard(chunks);
        expect([total, progress]).toEqual([bytes.length, { hasEnded: true, isWithinEvent: !isWhole }]);
      }),
    );
  });

  it.each([
    ["data: {}\n\ndata: [DONE]\n\n", false],
    ["data: {}\r\n\r\ndata:[DONE]\r\n", false],
    ["data: {}\n\n", true],
    ["data: [DONE] or not\n\n", true],
  ])("left after %j it breaks the connection off: %j", async (text, isBrokenOff) => {
    const clock = createManualClock();
    const attempt = beginAttempt(new AbortController().signal, { clock, timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 }, origin: "http://x" });
    let isCancelled = false;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(text)),
      pull: (controller) => ended.then(() => controller.close()),
      cancel() {
        isCancelled = true;
      },
    });
    for await (const bytes of toGuardedBytes(body, { attempt, progress: { hasEnded: false, isWithinEvent: false }, origin: "http://x" })) {
      expect(bytes.length).toBe(text.length);
      break;
    }
    attempt.end(true);
    expect([isCancelled, clock.pending]).toEqual([isBrokenOff, isBrokenOff ? 0 : 1]);
    end();
    await clock.advance(0);
    expect([isCancelled, clock.pending, attempt.signal.aborted]).toEqual([isBrokenOff, 0, false]);
  });
});
