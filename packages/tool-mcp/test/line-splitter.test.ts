import { expect, it } from "vitest";
import fc from "fast-check";
import { createDiagnosis } from "../src/diagnosis.ts";
import { createLineSplitter } from "../src/line-splitter.ts";

it("lines come whole whatever the pieces they arrive in", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n\uFEFF]/g, ""))), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (lines, sizes) => {
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
      const splitter = createLineSplitter(1_000_000);
      const found: string[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        found.push(...splitter.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(lines.map((line) => line.toWellFormed()));
    }),
  );
});

it("a line that is too long ends it, however it arrives", () => {
  for (const size of [1, 4, 100]) {
    const splitter = createLineSplitter(10);
    const bytes = new TextEncoder().encode(`short\r\n0123456789\n${"x".repeat(11)}\nafter\n`);
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)));
    expect(found).toEqual(["short", "0123456789"]);
    expect(splitter.isOverflown).toBe(true);
  }
});

it("a diagnosis keeps the newest 64 KiB of standard error and the newest 20 lines", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 150_000 }), { maxLength: 6 }), (sizes) => {
      const diagnosis = createDiagnosis((text) => text);
      let whole = "";
      for (const [index, size] of sizes.entries()) {
        const chunk = String.fromCharCode(97 + index).repeat(size);
        whole += chunk;
        diagnosis.stderr(new TextEncoder().encode(chunk));
      }
      expect(diagnosis.read().stderr).toBe(whole.slice(-65_536));
    }),
    { numRuns: 30 },
  );
  const diagnosis = createDiagnosis((text) => text.replace("secret", "[redacted]"));
  for (let line = 0; line < 100; line += 1) diagnosis.output(`secret ${line} ${"x".repeat(1_000)}`);
  const { output } = diagnosis.read();
  expect(output).toHaveLength(20);
  expect(output.at(-1)).toMatch(/^\[redacted\] 99 x+ … \[cut from 1010 characters\]$/);
});
