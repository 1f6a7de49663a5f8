import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInside, isInsideLoosely, resolvePath } from "../src/path-floor.ts";

const steps = fc.array(fc.constantFrom("..", ".", "", "a", "b", "...", "..%2f", "c d"), { maxLength: 12 });

describe("a path", () => {
  it("is resolved by its steps, and never above the root", () => {
    expect(resolvePath("a/../../b", "/x/y")).toEqual({ path: "/x/b" });
    expect(resolvePath("/a//./b/", "/x")).toEqual({ path: "/a/b" });
    expect(resolvePath("../../../..", "/x")).toEqual({ path: "/" });
    expect(resolvePath("", "/x")).toEqual({ path: "/x" });
  });

  it("is resolved as the parser of URLs resolves the same steps", () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (names, isAbsolute) => {
        const path = `${isAbsolute ? "/" : ""}${names.join("/")}`;
        const resolved = resolvePath(path, "/work/project");
        const full = path.startsWith("/") ? path : `/work/project/${path}`;
        const escaped = full.replace(/\/+/g, "/").split("/").map((name) => (name === "." || name === ".." ? name : encodeURIComponent(name))).join("/");
        const expected = decodeURIComponent(new URL(`file://${escaped}`).pathname).replace(/(?<=.)\/+$/, "").replace(/\/+/g, "/");
        expect(resolved).toEqual({ path: expected });
      }),
    );
  });

  it("that is resolved holds no step, no odd character and no second slash", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const resolved = resolvePath(path, "/work");
        if ("path" in resolved) expect(resolved.path.split("/").slice(1)).toSatisfy((names: readonly string[]) => resolved.path === "/" || names.every((name) => !["", ".", ".."].includes(name) && !/[\0-\x1f\\]/.test(name)));
        else expect(resolved.problem).not.toBe("");
      }),
    );
  });

  it("lies in a folder by whole names", () => {
    expect([isInside("/a/b", "/a"), isInside("/a", "/a"), isInside("/ab", "/a"), isInside("/", "/a"), isInside("/a", "/")]).toEqual([true, true, false, false, true]);
    expect([isInsideLoosely("/A/b", "/a"), isInsideLoosely("/cafe\u0301/x", "/caf\u00e9"), isInsideLoosely("/ab", "/a")]).toEqual([true, true, false]);
  });
});
