import type { ToolContext } from "@omni/core";
import { describe, expect, it } from "vitest";
import { createFilesPlace } from "./files-place.ts";

const tree = { "a.txt": "one\ntwo\nthree\n", "src/b.ts": "const two = 2;\r\n", ".hidden": "two", ".git/c": "two", "node_modules/d.js": "two" };

describe("files.grep", () => {
  it("gives path, line and text of each match", async () => {
    expect(await createFilesPlace(tree).text("files.grep", { pattern: "t.o" })).toBe(".hidden:1: two\na.txt:2: two\nsrc/b.ts:1: const two = 2;");
  });

  it("searches one file or one folder", async () => {
    const place = createFilesPlace(tree);
    expect(await place.text("files.grep", { pattern: "two", path: "a.txt" })).toBe("a.txt:2: two");
    expect(await place.text("files.grep", { pattern: "two", path: "src/" })).toBe("src/b.ts:1: const two = 2;");
    expect(await place.text("files.grep", { pattern: "two", path: "node_modules" })).toBe("node_modules/d.js:1: two");
  });

  it("filters by name and by path", async () => {
    const place = createFilesPlace(tree);
    expect(await place.text("files.grep", { pattern: "two", glob: "*.ts" })).toBe("src/b.ts:1: const two = 2;");
    expect(await place.text("files.grep", { pattern: "two", glob: "src/**" })).toBe("src/b.ts:1: const two = 2;");
    expect(await place.text("files.grep", { pattern: "two", glob: "*.py" })).toBe("No line matches in 0 files.");
    expect(await place.text("files.grep", { pattern: "two", path: "src", glob: "b.*" })).toBe("src/b.ts:1: const two = 2;");
  });

  it("shows lines around matches, joined where they meet and parted where not", async () => {
    const place = createFilesPlace({ "a.txt": "1\n2 x\n3\n4 x\n5\n6\n7\n8 x\n9\n", "b.txt": "x\n" });
    expect(await place.text("files.grep", { pattern: "x", context: 1 })).toBe(
      ["a.txt-1- 1", "a.txt:2: 2 x", "a.txt-3- 3", "a.txt:4: 4 x", "a.txt-5- 5", "--", "a.txt-7- 7", "a.txt:8: 8 x", "a.txt-9- 9", "--", "b.txt:1: x"].join("\n"),
    );
  });

  it("ignores case with (?i) and takes patterns that only older rules allow", async () => {
    const place = createFilesPlace({ "a.txt": "Hello-World\n" });
    expect(await place.text("files.grep", { pattern: "(?i)hello" })).toBe("a.txt:1: Hello-World");
    expect(await place.text("files.grep", { pattern: "o\\-W" })).toBe("a.txt:1: Hello-World");
  });

  it("shows how to escape what is no regular expression", async () => {
    expect(await createFilesPlace(tree).text("files.grep", { pattern: "call(" })).toBe("ERROR The pattern call( is not a valid regular expression. To search for this very text, escape it: call\\(");
  });

  it("ends a pattern that would backtrack for ever, and says why", async () => {
    const place = createFilesPlace({ "a.txt": `${"a".repeat(60)}b\n` }, { patternTimeoutMs: 50 });
    const begun = performance.now();
    expect(await place.text("files.grep", { pattern: "^(a+)+$" })).toMatch(/^ERROR The pattern takes too long on a.txt/);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it("looks at the first 10,000 characters of a line and shows the part around the match", async () => {
    const place = createFilesPlace({ "min.js": `${"x".repeat(5_000)}needle${"y".repeat(9_000)}needle2\n`, "b.txt": "needle2" });
    const text = await place.text("files.grep", { pattern: "needle" });
    expect(text.split("\n")[1]).toMatch(/^min.js:1: …x{100}needley{294}…$/);
    expect(await place.text("files.grep", { pattern: "needle2" })).toBe("b.txt:1: needle2");
  });

  it("passes over files about which a person would be asked, names them, and searches one that is named", async () => {
    const place = createFilesPlace({ "a.txt": "two", ".env": "two=1", "tls/server.pem": "two" });
    const asks = (path: string): boolean => path === ".env" || path.endsWith(".pem");
    const guard: ToolContext["guard"] = (path) => (asks(path) ? { verdict: "ask", rule: "secret", reason: "It holds keys." } : undefined);
    const found = await place.call("files.grep", { pattern: "two" }, { guard });
    expect(found.content).toEqual([{ type: "text", text: "a.txt:1: two\n[not searched, as a person is asked about each of them: .env, tls/server.pem; to search one give it as path]" }]);
    await expect(place.call("files.grep", { pattern: "two", path: ".env" }, { guard })).rejects.toMatchObject({ code: "files.denied" });
    expect((await place.call("files.grep", { pattern: "two", path: ".env" })).content).toEqual([{ type: "text", text: ".env:1: two=1" }]);
  });

  it("passes over binary files", async () => {
    const place = createFilesPlace({ "a.txt": "two" });
    place.bytes("b.bin", new TextEncoder().encode("two\0"));
    expect(await place.text("files.grep", { pattern: "two" })).toBe("a.txt:1: two");
  });

  it("finds matches on both sides of a block's end, with the right line numbers", async () => {
    const place = createFilesPlace({ "big.txt": `${"y".repeat(1_048_570)}\nabcdefghijklm\n${"z\n".repeat(600_000)}last ü\n` });
    expect(await place.text("files.grep", { pattern: "abcdefghijklm|ü", context: 1 })).toBe(
      [`big.txt-1- ${"y".repeat(400)}…`, "big.txt:2: abcdefghijklm", "big.txt-3- z", "--", "big.txt-600002- z", "big.txt:600003: last ü"].join("\n"),
    );
  });

  it("is bounded in matches and in bytes", async () => {
    const many = { "a.txt": "x\n".repeat(100) };
    const text = await createFilesPlace(many, { matches: 3 }).text("files.grep", { pattern: "x" });
    expect(text).toBe("a.txt:1: x\na.txt:2: x\na.txt:3: x\n[stopped at 3 matches; narrow the pattern, path or glob]");
    expect(await createFilesPlace(many, { resultBytes: 20 }).text("files.grep", { pattern: "x" })).toContain("[stopped at 2 matches");
  });

  it("stops when its time is over and says so", async () => {
    const place = createFilesPlace({ "a.txt": "x", "b.txt": "x" }, { searchTimeoutMs: 10 });
    const inner = place.host.files.within("/home/omni/workspace");
    place.host.files.within = () => ({
      ...inner,
      async read(path, range) {
        await place.host.clock.advance(20);
        return inner.read(path, range);
      },
    });
    expect(await place.text("files.grep", { pattern: "x" })).toBe("a.txt:1: x\n[stopped: the search took too long; narrow the path or glob]");
  });

  it("counts files that cannot be read and searches the others", async () => {
    const place = createFilesPlace({ "a.txt": "x", "b.txt": "x" });
    const inner = place.host.files.within("/home/omni/workspace");
    place.host.files.within = () => ({ ...inner, read: (path, range) => inner.read(path === "a.txt" ? "gone.txt" : path, range) });
    expect(await place.text("files.grep", { pattern: "x" })).toBe("b.txt:1: x\n[1 file could not be read]");
  });

  it("gives matches as data", async () => {
    const result = await createFilesPlace({ "a.txt": "x\n" }).call("files.grep", { pattern: "x" });
    expect(result.structuredContent).toEqual({ matches: [{ path: "a.txt", line: 1, text: "x" }], files: 1, isComplete: true });
  });
});
