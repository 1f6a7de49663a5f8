import { describe, expect, test } from "vitest";
import fc from "fast-check";
import type { Line } from "../src/line-reader.ts";
import { readAll, readLines } from "../src/line-reader.ts";

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const linesOf = (text: string, size: number, limit?: number): Promise<readonly Line[]> => Array.fromAsync(readLines(inChunks(new TextEncoder().encode(text), size), limit));

describe("readLines", () => {
  test("gives the lines of any text, however it is cut into chunks", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const text = lines.map((each) => `${each}\n`).join("");
        expect(await linesOf(text, size)).toEqual(lines.map((each) => ({ kind: "line", text: each })));
      }),
    );
  });

  test("takes a last line without an end, and drops carriage returns before ends", async () => {
    expect(await linesOf("a\r\nb", 2)).toEqual([
      { kind: "line", text: "a" },
      { kind: "line", text: "b" },
    ]);
  });

  test("reports a line that is too long once and goes on with the next", async () => {
    expect(await linesOf(`ok\n${"x".repeat(50)}\nfine\n12345\n123456`, 7, 5)).toEqual([
      { kind: "line", text: "ok" },
      { kind: "too-long", head: "x".repeat(50), tail: "x".repeat(50) },
      { kind: "line", text: "fine" },
      { kind: "line", text: "12345" },
      { kind: "too-long", head: "123456", tail: "123456" },
    ]);
  });

  test.each([1, 700, 1_500, 100_000])("keeps both ends of a line that is too long, in chunks of %i bytes", async (size) => {
    const text = Array.from({ length: 2_000 }, (_, index) => `${index} `).join("");
    expect(await linesOf(`${text}\r\nnext`, size, 100)).toEqual([
      { kind: "too-long", head: text.slice(0, 1_024), tail: text.slice(-1_023) },
      { kind: "line", text: "next" },
    ]);
  });
});

describe("readAll", () => {
  test("gives the whole text, or nothing where it is too long", async () => {
    const bytes = new TextEncoder().encode("Grüße\n");
    expect(await readAll(inChunks(bytes, 1), 8)).toBe("Grüße\n");
    expect(await readAll(inChunks(bytes, 1), 7)).toBeUndefined();
  });
});
