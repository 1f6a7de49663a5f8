import { describe, expect, it } from "vitest";
import { createFilesPlace } from "./files-place.ts";

const tree = { "a.txt": "12345", ".env": "x", "src/b.ts": "", "src/deep/c.ts": "", ".git/config": "g", "node_modules/x/y.js": "" };

describe("files.list", () => {
  it("lists one folder with sizes, folders and hidden names", async () => {
    expect(await createFilesPlace(tree).text("files.list", {})).toBe(".env (1 B)\n.git/\na.txt (5 B)\nnode_modules/\nsrc/");
  });

  it("lists a folder by its paths from the workspace", async () => {
    expect(await createFilesPlace(tree).text("files.list", { path: "src" })).toBe("src/b.ts (0 B)\nsrc/deep/");
    expect(await createFilesPlace(tree).text("files.list", { path: "./src/", depth: 2 })).toBe("src/b.ts (0 B)\nsrc/deep/\nsrc/deep/c.ts (0 B)");
  });

  it("does not enter .git and node_modules unless they are named", async () => {
    const place = createFilesPlace(tree);
    expect(await place.text("files.list", { depth: 3 })).toBe(".env (1 B)\n.git/ (not entered)\na.txt (5 B)\nnode_modules/ (not entered)\nsrc/\nsrc/b.ts (0 B)\nsrc/deep/\nsrc/deep/c.ts (0 B)");
    expect(await place.text("files.list", { path: "node_modules", depth: 3 })).toBe("node_modules/x/\nnode_modules/x/y.js (0 B)");
  });

  it("stops at the bound and says how many more there are", async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}.txt`, ""]));
    const text = await createFilesPlace(many, { entries: 10 }).text("files.list", {});
    expect(text.split("\n")).toHaveLength(11);
    expect(text).toContain("[20 further entries are not shown");
    expect(await createFilesPlace(many, { entries: 2 }).text("files.list", {})).toContain("[18 or more further entries");
  });

  it("gives the same as data", async () => {
    const result = await createFilesPlace({ "a.txt": "1" }).call("files.list", {});
    expect(result.structuredContent).toEqual({ entries: [{ path: "a.txt", kind: "file", size: 1 }], total: 1 });
  });

  it("goes through a link to a folder and says that a link to a file is none", async () => {
    const place = createFilesPlace({ "src/b.ts": "two", "a.txt": "1" });
    const inner = place.host.files.within("/home/omni/workspace");
    const target = (path: string): string => path.replace(/^linked/, "src").replace(/^pointer$/, "a.txt");
    place.host.files.within = () => ({
      ...inner,
      list: (path) => inner.list(target(path)),
      walk: (path, options) => inner.walk(target(path), options),
      read: (path, range) => inner.read(target(path), range),
      stat: async (path) => (["linked", "pointer"].includes(path) ? { path, kind: "link", size: 0, modifiedAt: 0 } : inner.stat(target(path))),
    });
    expect(await place.text("files.list", { path: "linked" })).toBe("src/b.ts (3 B)");
    expect(await place.text("files.list", { path: "pointer" })).toContain('files.read {"path":"pointer"}');
    expect(await place.text("files.glob", { pattern: "*.ts", path: "linked" })).toBe("src/b.ts");
    expect(await place.text("files.grep", { pattern: "two", path: "linked", glob: "b*" })).toBe("src/b.ts:1: two");
    expect(await place.text("files.grep", { pattern: "1", path: "pointer" })).toBe("pointer:1: 1");
    expect(await place.text("files.read", { path: "pointer" })).toBe("1");
  });

  it("says what is no folder and what is not there", async () => {
    const place = createFilesPlace({ "a.txt": "1" });
    expect(await place.text("files.list", { path: "a.txt" })).toContain('files.read {"path":"a.txt"}');
    await expect(place.call("files.list", { path: "none" })).rejects.toMatchObject({ code: "files.not-found" });
  });
});
