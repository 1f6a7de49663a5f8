import { expect, it } from "vitest";
import fc from "fast-check";
import { toServerEnvironment, toServerOwner } from "../src/index.ts";

it("a free, plain name is its own owner", () => {
  expect(toServerOwner("github", ["files"])).toEqual({ owner: "github" });
});

it.each([
  ["files", "mcp-files"],
  ["my server", "my-server"],
  ["7zip", "mcp-7zip"],
  ["a.b", "a-b"],
  ["twice", "mcp-twice-2"],
])("%s becomes %s, with a warning", (name, owner) => {
  const found = toServerOwner(name, ["files", "twice", "mcp-twice"]);
  expect(found.owner).toBe(owner);
  expect(found.warning).toContain(JSON.stringify(name));
});

it("an owner is free and of the right form whatever the name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string()), (name, taken) => {
      const { owner } = toServerOwner(name, taken);
      expect(owner).toMatch(/^[A-Za-z][\w-]*$/);
      expect(taken).not.toContain(owner);
    }),
  );
});

it("of an environment only harmless names are inherited", () => {
  expect(toServerEnvironment({ PATH: "/bin", HOME: "/h", LC_ALL: "C", AWS_SECRET_ACCESS_KEY: "x", NODE_OPTIONS: "--require x", LD_PRELOAD: "x", SHELL: "() { :; }" })).toEqual({ PATH: "/bin", HOME: "/h", LC_ALL: "C" });
  expect(toServerEnvironment({})).toEqual({ PATH: "/usr/local/bin:/usr/bin:/bin" });
});
