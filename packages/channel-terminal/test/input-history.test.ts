import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { openInputHistory } from "../src/input-history.ts";

const path = "/home/omni/state/terminal-history.jsonl";

function read(files: ReturnType<typeof createMemoryFiles>): string {
  return new TextDecoder().decode(files.entries.get(path));
}

describe("what was written before", () => {
  it("is kept in the home, newest last, each once, and no more than is wanted", async () => {
    const files = createMemoryFiles({ [path]: '"one"\n"two"\n' });
    const history = await openInputHistory(createFakeHost({ files }), 3);
    for (const text of ["three\nlines", "two", "four"]) history.add(text);
    expect(history.entries()).toEqual(["three\nlines", "two", "four"]);
    await history.settled();
    expect(read(files)).toBe('"three\\nlines"\n"two"\n"four"\n');
  });

  it("keeps what another chat has added meanwhile", async () => {
    const files = createMemoryFiles();
    const host = createFakeHost({ files });
    const [first, second] = [await openInputHistory(host, 10), await openInputHistory(host, 10)];
    first.add("mine");
    await first.settled();
    second.add("other");
    await second.settled();
    expect(read(files)).toBe('"mine"\n"other"\n');
  });

  it("holds no known secret, nothing long, and nothing that begins with a space", async () => {
    const files = createMemoryFiles();
    const secrets = { get: async () => undefined, register: () => undefined, redact: (text: string) => text.replaceAll("hunter2", "[redacted]") };
    const history = await openInputHistory(createFakeHost({ files, secrets }), 10);
    for (const text of ["the key is hunter2", "x".repeat(10_000), " not this"]) history.add(text);
    expect(history.entries()).toEqual(["the key is [redacted]"]);
    await history.settled();
    expect(read(files)).toBe('"the key is [redacted]"\n');
  });

  it("passes over lines that are none, and goes on where the file cannot be written", async () => {
    const files = createMemoryFiles({ [path]: 'x\n{}\n""\n"kept"\n"cut' });
    const host = createFakeHost({
      files: { ...files, within: (root) => ({ ...files.within(root), write: () => Promise.reject(new Error("full")) }) },
    });
    const history = await openInputHistory(host, 10);
    expect(history.entries()).toEqual(["kept"]);
    history.add("new");
    await history.settled();
    expect(history.entries()).toEqual(["kept", "new"]);
    expect(host.log.lines.map((line) => line.level)).toEqual(["warn"]);
  });

  it("is not kept at all where none is wanted", async () => {
    const files = createMemoryFiles({ [path]: '"one"\n' });
    const history = await openInputHistory(createFakeHost({ files }), 0);
    history.add("two");
    await history.settled();
    expect([history.entries(), read(files)]).toEqual([[], '"one"\n']);
  });
});
