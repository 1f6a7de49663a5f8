import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findOccurrences, replaceOccurrences } from "../src/replace-text.ts";
import { createFilesPlace } from "./files-place.ts";

describe("files.edit", () => {
  it("replaces text that occurs once and shows what changed", async () => {
    const place = createFilesPlace({ "a.txt": "one\ntwo\nthree\nfour\nfive\n" });
    expect(await place.text("files.edit", { path: "a.txt", old: "three", new: "3\n3.5" })).toBe("Edited a.txt at line 3.\n@@ line 3 @@\n one\n two\n-three\n+3\n+3.5\n four\n five");
    expect(place.content("a.txt")).toBe("one\ntwo\n3\n3.5\nfour\nfive\n");
  });

  it("removes whole lines and says so", async () => {
    const place = createFilesPlace({ "a.txt": "one\ntwo\nthree\n" });
    expect(await place.text("files.edit", { path: "a.txt", old: "two\n", new: "" })).toBe("Edited a.txt at line 2.\n@@ line 2 @@\n one\n-two\n three");
    expect(place.content("a.txt")).toBe("one\nthree\n");
  });

  it("changes nothing when the text occurs more than once, and says at which lines", async () => {
    const place = createFilesPlace({ "a.txt": "x\ny\nx\n" });
    expect(await place.text("files.edit", { path: "a.txt", old: "x", new: "z" })).toMatch(/^ERROR The old text occurs 2 times in a.txt, at lines 1, 3, and nothing was changed/);
    expect(await createFilesPlace({ "a.txt": "aaa" }).text("files.edit", { path: "a.txt", old: "aa", new: "b" })).toContain("occurs 2 times");
    expect(place.content("a.txt")).toBe("x\ny\nx\n");
  });

  it("replaces every place with all", async () => {
    const place = createFilesPlace({ "a.txt": "x\ny\nx x\n" });
    expect(await place.text("files.edit", { path: "a.txt", old: "x", new: "xx", all: true })).toMatch(/^Edited a.txt at lines 1, 3, 3\./);
    expect(place.content("a.txt")).toBe("xx\ny\nxx xx\n");
  });

  it("names the nearest line when the text does not occur", async () => {
    const place = createFilesPlace({ "a.ts": "function add(a, b) {\n  return a + b;\n}\n" });
    expect(await place.text("files.edit", { path: "a.ts", old: "return a + b", new: "x" })).toMatch(/^Edited/);
    const other = createFilesPlace({ "a.ts": "function add(a, b) {\n\treturn a + b;\n}\n" });
    expect(await other.text("files.edit", { path: "a.ts", old: "  return a + b;", new: "x" })).toMatch(/^ERROR The old text does not occur in a.ts, and nothing was changed. Line 2 has its first words, so blanks/);
    expect(await other.text("files.edit", { path: "a.ts", old: "function add(x, b) {", new: "x" })).toContain("Line 1 is the nearest:\nfunction add(a, b) {");
    expect(await other.text("files.edit", { path: "a.ts", old: "qqqq", new: "x" })).toContain("Read the file again");
  });

  it("refuses an empty old text and a change that is none", async () => {
    const place = createFilesPlace({ "a.txt": "x" });
    expect(await place.text("files.edit", { path: "a.txt", old: "", new: "y" })).toMatch(/^ERROR old is empty.*files.write/);
    expect(await place.text("files.edit", { path: "a.txt", old: "x\r\n", new: "x\n" })).toMatch(/^ERROR old and new are the same/);
  });

  it("keeps CRLF, mixed line ends and the byte order mark", async () => {
    const place = createFilesPlace({ "crlf.txt": "\uFEFFa\r\nb\r\nc\r\n", "mixed.txt": "a\r\nb\nc\n" });
    await place.call("files.edit", { path: "crlf.txt", old: "a\nb", new: "x\ny\nz" });
    expect(place.content("crlf.txt")).toBe("\uFEFFx\r\ny\r\nz\r\nc\r\n");
    await place.call("files.edit", { path: "crlf.txt", old: "c", new: "c\nd" });
    expect(place.content("crlf.txt")).toBe("\uFEFFx\r\ny\r\nz\r\nc\r\nd\r\n");
    await place.call("files.edit", { path: "mixed.txt", old: "a\nb", new: "1\n2" });
    expect(place.content("mixed.txt")).toBe("1\r\n2\nc\n");
  });

  it("keeps dollar signs and backslashes of the new text", async () => {
    const place = createFilesPlace({ "a.txt": "x" });
    await place.call("files.edit", { path: "a.txt", old: "x", new: "$& $1 \\n" });
    expect(place.content("a.txt")).toBe("$& $1 \\n");
  });

  it("leaves files alone that are not UTF-8 text or are too large", async () => {
    const place = createFilesPlace({ "big.txt": "x".repeat(50) }, { editBytes: 40 });
    const latin = Uint8Array.from([0x78, 0xe9]);
    place.bytes("latin.txt", latin);
    expect(await place.text("files.edit", { path: "latin.txt", old: "x", new: "y" })).toMatch(/^ERROR latin.txt is not UTF-8 text/);
    expect(place.host.files.entries.get("/home/omni/workspace/latin.txt")).toEqual(latin);
    expect(await place.text("files.edit", { path: "big.txt", old: "x", new: "y", all: true })).toMatch(/^ERROR big.txt has 50 B/);
  });

  it("shows a bounded number of places and lines", async () => {
    const place = createFilesPlace({ "a.txt": "x\n".repeat(40) });
    const text = await place.text("files.edit", { path: "a.txt", old: "x", new: "y", all: true });
    expect(text).toContain("and 20 more places");
    expect(text).toContain("… and 35 more like these");
  });
});

describe("replaceOccurrences", () => {
  it("is what replaceAll does to text with plain line ends, with the line ends put back", () => {
    const text = fc.array(fc.constantFrom("a", "b", "\n"), { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text.filter((old) => old !== ""), text, (whole, old, replacement) => {
        const expected = whole.split(old).join(replacement);
        expect(replaceOccurrences(whole, findOccurrences(whole, old, "every"), replacement)).toBe(expected);
        const crlf = whole.replaceAll("\n", "\r\n");
        const changed = replaceOccurrences(crlf, findOccurrences(crlf, old, "every"), replacement);
        expect(changed.replaceAll("\r\n", "\n")).toBe(expected);
        if (crlf.includes("\n")) expect(/(?<!\r)\n/.test(changed)).toBe(false);
      }),
    );
  });
});
