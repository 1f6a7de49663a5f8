import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOutputCleaner } from "../src/output-cleaner.ts";

/** What comes out when the bytes come in the given pieces. */
function clean(...pieces: readonly Uint8Array[]): string {
  const cleaner = createOutputCleaner();
  const parts = [...pieces.map((piece) => cleaner.clean(piece)), cleaner.end()];
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
}

const spicy = fc.array(fc.constantFrom("a", "é", "日", "😀", "\n", "\r", "\t", "\0", "\b", "\u001b", "[", "]", "3", ";", "m", "P", "(", "B", "\\", "\u0007", "\u009b", "\u009c", " "), { maxLength: 40 }).map((parts) => parts.join(""));

describe("createOutputCleaner", () => {
  it("gives the same however the bytes were cut", () => {
    fc.assert(
      fc.property(spicy, fc.nat(), fc.nat(), (text, one, other) => {
        const bytes = Buffer.from(text);
        const [first, second] = [one % (bytes.length + 1), other % (bytes.length + 1)].sort((left, right) => left - right);
        expect(clean(bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second))).toBe(clean(bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  it("lets no control character but tab and line end through, whatever comes in", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      expect(clean(...pieces)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }));
  });

  it("gives plain text as it is", () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom(..."abc é日😀\t\n[;") }), { maxLength: 5 }), (texts) => {
      expect(clean(...texts.map((text) => Buffer.from(text)))).toBe(texts.join(""));
    }));
  });

  it("drops a sequence with its parameters and keeps a link's words", () => {
    expect(clean(Buffer.from("\u001b[1;38;5;196mbold\u001b[0m \u001b]8;;http://a/\u001b\\words\u001b]8;;\u001b\\ \u001b(B.\u001b[?25l\u001b7"))).toBe("bold words .");
    expect(clean(Buffer.from(`\u001b]${"x".repeat(5_000)}`)).length).toBe(5_001);
  });

  it("counts what is no text and goes on with what is", () => {
    const noise = Uint8Array.from({ length: 1_000 }, (_, index) => (index * 7) % 32);
    expect(clean(Buffer.from("a"), noise, noise, Buffer.from("b\n"))).toBe("a\n[2,000 bytes that are no text are not shown]\nb\n");
    expect(clean(noise)).toBe("[1,000 bytes that are no text are not shown]\n");
    expect(clean(Buffer.from("naïve café, in Latin-1: ".repeat(20), "latin1"))).toContain("caf\ufffd, in Latin-1");
    expect(clean(Buffer.from("./a\0./name with spaces\0./other-name.txt\0".repeat(50)))).toContain("./a\u2400./name with spaces\u2400");
    expect(clean(Buffer.from("Привет, мир. ".repeat(50)))).toContain("Привет");
  });

  it("takes time in proportion to its input", () => {
    const begun = performance.now();
    for (const text of ["\r".repeat(400_000), `${"\r".repeat(400_000)}x`, "\u001b]".repeat(200_000), "\u001b[".repeat(200_000), `\u001b[${"0".repeat(400_000)}`, `\u001b]${"\u009b0".repeat(200_000)}`]) clean(Buffer.from(text));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
