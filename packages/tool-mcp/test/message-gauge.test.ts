import { expect, it } from "vitest";
import fc from "fast-check";
import { createMessageGauge } from "../src/message-gauge.ts";

const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = `data: ${"x".repeat(1_048_576)}`;

it.each([["LF", "\n"], ["CR", "\r"], ["CR LF", "\r\n"]])("lines that end with %s are one event until a blank one", (_name, end) => {
  const endless = createMessageGauge(true, { bytes: 0 });
  expect(() => {
    for (let count = 0; count < 17; count += 1) endless.add(toBytes(line + end));
  }).toThrow(/more than 16777216 bytes/);
  const unfinished = { bytes: 0 };
  const events = createMessageGauge(true, unfinished);
  for (let count = 0; count < 17; count += 1) events.add(toBytes(line + end + end));
  expect(unfinished.bytes).toBeLessThan(2);
});

it("an event is measured alike wherever its bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("\n", "\r", "\r\n", "data: x", ": y"), { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const bytes = toBytes(parts.join(""));
      const [whole, cut] = [{ bytes: 0 }, { bytes: 0 }];
      createMessageGauge(true, whole).add(bytes);
      const gauge = createMessageGauge(true, cut);
      for (let start = 0; start < bytes.length; start += size) gauge.add(bytes.subarray(start, start + size));
      expect(cut).toEqual(whole);
    }),
  );
});

it("unfinished messages of one server are bounded together, and one that ended counts no more", () => {
  const unfinished = { bytes: 0 };
  const piece = new Uint8Array(16_000_000).fill(120);
  const gauges = Array.from({ length: 5 }, (_, index) => createMessageGauge(index % 2 === 0, unfinished));
  for (const gauge of gauges.slice(0, 4)) gauge.add(piece);
  expect(() => gauges[4]?.add(piece)).toThrow(/without ending one/);
  for (const gauge of gauges.slice(1)) gauge.end();
  expect(unfinished.bytes).toBe(16_000_000);
});
