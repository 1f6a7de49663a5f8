import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFilesPlace } from "./files-place.ts";

const numbered = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join("");

describe("files.read", () => {
  it("gives a whole text file exactly as it is", async () => {
    const place = createFilesPlace({ "a.txt": "one\n\ntwo", "b.txt": "ä 猫 🙂\n" });
    expect(await place.text("files.read", { path: "a.txt" })).toBe("one\n\ntwo");
    expect(await place.text("files.read", { path: "b.txt" })).toBe("ä 猫 🙂\n");
  });

  it("says that an empty file is empty", async () => {
    expect(await createFilesPlace({ "a.txt": "" }).text("files.read", { path: "a.txt" })).toBe("[a.txt is empty]");
  });

  it("reads lines from offset and says how to go on", async () => {
    const place = createFilesPlace({ "a.txt": numbered(1, 1_340) });
    expect(await place.text("files.read", { path: "a.txt", limit: 2 })).toBe("line 1\nline 2\n[lines 1–2 of 1,340; go on with offset 3]");
    expect(await place.text("files.read", { path: "a.txt", offset: 1_339 })).toBe("line 1339\nline 1340\n[lines 1,339–1,340 of 1,340]");
    expect(await place.text("files.read", { path: "a.txt", offset: 1, limit: 1_340 })).toBe(numbered(1, 1_340));
  });

  it("stops at the default number of lines and at the most bytes, at a line's end", async () => {
    const place = createFilesPlace({ "a.txt": numbered(1, 100) }, { readLines: 3, resultBytes: 16 });
    expect(await place.text("files.read", { path: "a.txt" })).toBe("line 1\nline 2\n[lines 1–2 of 100; go on with offset 3]");
    expect(await createFilesPlace({ "a.txt": numbered(1, 9) }, { readLines: 3 }).text("files.read", { path: "a.txt" })).toContain("[lines 1–3 of 9; go on with offset 4]");
  });

  it("cuts one line that is longer than the bytes allowed, at a character's end", async () => {
    const place = createFilesPlace({ "a.txt": `${"ä".repeat(50)}\nnext\n` }, { resultBytes: 21 });
    expect(await place.text("files.read", { path: "a.txt" })).toBe(`${"ä".repeat(10)}\n[lines 1–1 of 2; line 1 is longer than 21 B and was cut there; go on with offset 2]`);
    expect(await place.text("files.read", { path: "a.txt", offset: 2 })).toContain("next\n");
  });

  it("refuses an offset past the end with the number of lines", async () => {
    expect(await createFilesPlace({ "a.txt": "one\ntwo\n" }).text("files.read", { path: "a.txt", offset: 3 })).toBe("ERROR a.txt has 2 lines; offset 3 is past its end. Use an offset from 1 to 2.");
  });

  it("says what it did with CRLF, a byte order mark and bytes that are not UTF-8", async () => {
    const place = createFilesPlace({ "crlf.txt": "a\r\nb\r\n", "bom.txt": "\uFEFFa\n" });
    place.bytes("latin.txt", Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x0a]));
    expect(await place.text("files.read", { path: "crlf.txt" })).toBe("a\nb\n[lines end with CRLF]");
    expect(await place.text("files.read", { path: "bom.txt" })).toBe("a\n[the file begins with a byte order mark]");
    expect(await place.text("files.read", { path: "latin.txt" })).toBe("caf\uFFFD\n[some bytes are not valid UTF-8 and are shown as \uFFFD]");
  });

  it("refuses binary files by what they are and how large", async () => {
    const place = createFilesPlace({ "doc.pdf": "%PDF-1.7 …" });
    place.bytes("data.bin", Uint8Array.from([1, 2, 0, 4]));
    place.bytes("text16.txt", Uint8Array.from([0xff, 0xfe, 0x41, 0]));
    expect(await place.text("files.read", { path: "data.bin" })).toMatch(/^ERROR data.bin is binary data \(4 B\)/);
    expect(await place.text("files.read", { path: "text16.txt" })).toContain("is UTF-16 text");
    expect(await place.text("files.read", { path: "doc.pdf" })).toContain("is a PDF document");
  });

  it("shows a picture by its first bytes, whatever its name, up to a size", async () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 7]);
    const place = createFilesPlace({}, { imageBytes: 20 });
    place.bytes("picture.dat", png);
    place.bytes("large.png", Uint8Array.from([...png, ...png]));
    const result = await place.call("files.read", { path: "picture.dat" });
    expect(result.content).toEqual([
      { type: "text", text: "picture.dat: image/png, 11 B" },
      { type: "image", mimeType: "image/png", data: Buffer.from(png).toString("base64") },
    ]);
    expect(await place.text("files.read", { path: "large.png" })).toMatch(/^ERROR large.png is a picture \(image\/png\) of 22 B; at most 20 B/);
  });

  it("sends folders to files.list and missing names to what is like them", async () => {
    const place = createFilesPlace({ "src/index.ts": "", "README.md": "" });
    expect(await place.text("files.read", { path: "src" })).toContain('files.list {"path":"src"}');
    await expect(place.call("files.read", { path: "readme.MD" })).rejects.toMatchObject({ code: "files.not-found", message: expect.stringContaining("Did you mean README.md?") });
    await expect(place.call("files.read", { path: "src/index.js" })).rejects.toThrow("Did you mean src/index.ts?");
    await expect(place.call("files.read", { path: "nowhere/x" })).rejects.toThrow("files.glob");
    await expect(place.call("files.read", { path: "../x" })).rejects.toMatchObject({ code: "files.outside" });
  });

  it("reads a part of a large file without holding it whole", async () => {
    const place = createFilesPlace({ "big.log": "x".repeat(99).concat("\n").repeat(100_000) });
    const inner = place.host.files.within("/home/omni/workspace");
    const sizes: number[] = [];
    place.host.files.within = () => ({
      ...inner,
      async read(path, range) {
        const bytes = await inner.read(path, range);
        sizes.push(bytes.length);
        return bytes;
      },
    });
    const text = await place.text("files.read", { path: "big.log", offset: 99_999, limit: 1 });
    expect(text).toContain("[lines 99,999–99,999 of 100,000; go on with offset 100000]");
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
  });

  it("stops between blocks when its signal aborts", async () => {
    const place = createFilesPlace({ "a.txt": "a" });
    await expect(place.call("files.read", { path: "a.txt" }, { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });

  it("gives every line once and in order, wherever the parts are cut", async () => {
    const line = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replace(/[\r\n\0\uFEFF]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 80, max: 120 }), async (lines, limit, resultBytes) => {
        const text = lines.map((each) => `${each}\n`).join("");
        const place = createFilesPlace({ "a.txt": text }, { resultBytes });
        let read = "";
        for (let offset: number | undefined = 1; offset !== undefined; ) {
          const part = await place.text("files.read", { path: "a.txt", offset, limit });
          read += part.replace(/\[lines [^[]*\]$/, "");
          const next = /go on with offset (\d+)\]$/.exec(part)?.[1];
          offset = next === undefined ? undefined : Number(next);
        }
        expect(read).toBe(text);
      }),
    );
  });
});
