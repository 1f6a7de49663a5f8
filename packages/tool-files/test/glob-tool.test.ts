import { describe, expect, it } from "vitest";
import { createFilesPlace } from "./files-place.ts";

const tree = { "a.ts": "", "b.md": "", ".hidden.ts": "", "src/c.ts": "", "src/deep/d.ts": "", "src/.env": "", ".git/e.ts": "", "node_modules/x/f.ts": "", "my [odd] name.ts": "" };

describe("files.glob", () => {
  const glob = (input: Record<string, string>): Promise<string> => createFilesPlace(tree).text("files.glob", { pattern: "", ...input });

  it("matches one folder, and with ** every folder below, sorted", async () => {
    expect(await glob({ pattern: "*.ts" })).toBe("a.ts\nmy [odd] name.ts");
    expect(await glob({ pattern: "**/*.ts" })).toBe("a.ts\nmy [odd] name.ts\nsrc/c.ts\nsrc/deep/d.ts");
    expect(await glob({ pattern: "src/*.ts" })).toBe("src/c.ts");
    expect(await glob({ pattern: "./src/**" })).toBe("src/c.ts\nsrc/deep/d.ts");
    expect(await glob({ pattern: "{a,b}.{ts,md}" })).toBe("a.ts\nb.md");
    expect(await glob({ pattern: "src/c.ts" })).toBe("src/c.ts");
  });

  it("is relative to path", async () => {
    expect(await glob({ pattern: "*.ts", path: "src" })).toBe("src/c.ts");
    expect(await glob({ pattern: "deep/*", path: "src" })).toBe("src/deep/d.ts");
  });

  it("matches hidden names, .git and node_modules only when they are named", async () => {
    expect(await glob({ pattern: ".*.ts" })).toBe(".hidden.ts");
    expect(await glob({ pattern: "src/.*" })).toBe("src/.env");
    expect(await glob({ pattern: ".git/*" })).toBe(".git/e.ts");
    expect(await glob({ pattern: "node_modules/**/*.ts" })).toBe("node_modules/x/f.ts");
    expect(await glob({ pattern: "**/node_modules/**/*.ts" })).toBe("node_modules/x/f.ts");
    expect(await glob({ pattern: "**/*.ts", path: "node_modules" })).toBe("node_modules/x/f.ts");
  });

  it("says that nothing matches, and how to look deeper", async () => {
    expect(await glob({ pattern: "*.py" })).toBe("No file matches *.py in the workspace. In folders below too: **/*.py");
    expect(await glob({ pattern: "none/**/*.py" })).toBe("No file matches none/**/*.py in the workspace.");
  });

  it("refuses globs that lead out and globs it cannot read", async () => {
    expect(await glob({ pattern: "../*" })).toMatch(/^ERROR The glob \.\.\/\* leads out/);
    expect(await glob({ pattern: "/etc/*" })).toMatch(/^ERROR/);
    expect(await glob({ pattern: "a[b" })).toMatch(/^ERROR The glob a\[b cannot be understood/);
    expect(await glob({ pattern: "*".repeat(2_000) })).toMatch(/^ERROR The glob has 2000 characters/);
  });

  it("is bounded in paths", async () => {
    expect(await createFilesPlace(tree, { entries: 2 }).text("files.glob", { pattern: "**/*.ts" })).toBe("a.ts\nmy [odd] name.ts\n[stopped at 2 paths; narrow the pattern or the path]");
  });

  it("ends a glob that would backtrack for ever", async () => {
    const place = createFilesPlace({ [`${"a".repeat(200)}b`]: "" }, { patternTimeoutMs: 50 });
    expect(await place.text("files.glob", { pattern: `${"*a".repeat(30)}c` })).toMatch(/^ERROR The glob .* takes too long|^No file/);
  });
});
