import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCodes, isOmniError, OmniError, toOmniError } from "../src/errors.ts";

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

describe("errorCodes", () => {
  it("says the same as docs/errors.md, code by code and in order, and there each has a mend", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \|$/gm)];
    expect(rows.map((row) => [row[1], row[2]])).toEqual(Object.entries(errorCodes));
    for (const row of rows) expect(row[3]?.trim()).not.toBe("");
  });
});

describe("isOmniError", () => {
  it("knows an error of another copy of this package", async () => {
    const copy = (await import("../src/errors.ts?copy" as string)) as typeof import("../src/errors.ts");
    const error = new copy.OmniError("internal", "from the other copy");
    expect(error).not.toBeInstanceOf(OmniError);
    expect(isOmniError(error)).toBe(true);
  });

  it.each([null, undefined, "internal", { code: "internal" }, new Error("internal")])("does not know %s", (value) => {
    expect(isOmniError(value)).toBe(false);
  });
});

describe("toOmniError", () => {
  it("leaves an error of Omni as it is and wraps anything else with its cause", () => {
    const known = new OmniError("store.full", "full", { retryable: true, retryAfterMs: 5 });
    expect(toOmniError(known)).toBe(known);
    const cause = new TypeError("odd");
    expect(toOmniError(cause, "tool.failed")).toMatchObject({ code: "tool.failed", message: "odd", cause, retryable: false });
    expect(toOmniError("words")).toMatchObject({ code: "internal", message: "words" });
  });
});
