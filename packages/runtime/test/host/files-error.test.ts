import { describe, expect, it } from "vitest";
import { OmniError } from "@omni/core";
import { toFilesError, toShownPath } from "../../src/host/files-error.ts";

const system = (code: string): Error => Object.assign(new Error(`${code}: something`), { code });

describe("an error of the file system", () => {
  it("keeps its meaning in Omni's own codes", () => {
    const codes = ["ENOENT", "ENOTDIR", "EISDIR", "ENXIO", "ENOSPC", "EDQUOT", "EFBIG", "EACCES", "EPERM", "EROFS", "ELOOP", "ENAMETOOLONG", "EIO"].map((code) => `${code} ${toFilesError(system(code), "a").code}`);
    expect(codes).toEqual([
      "ENOENT files.not-found",
      "ENOTDIR files.not-found",
      "EISDIR files.not-a-file",
      "ENXIO files.not-a-file",
      "ENOSPC files.full",
      "EDQUOT files.full",
      "EFBIG files.too-large",
      "EACCES files.denied",
      "EPERM files.denied",
      "EROFS files.denied",
      "ELOOP files.denied",
      "ENAMETOOLONG files.denied",
      "EIO files.denied",
    ]);
  });

  it("may pass only when the disk is full or too much is open", () => {
    expect(["ENOSPC", "EMFILE", "EACCES"].map((code) => toFilesError(system(code), "a").retryable)).toEqual([true, true, false]);
  });

  it("says nothing of where the root is", () => {
    expect(toFilesError(Object.assign(new Error("EACCES: '/home/me/ws/a'"), { code: "EACCES" }), "a").message).toBe('"a" cannot be used (EACCES).');
  });

  it("that is Omni's own stays as it is", () => {
    const own = new OmniError("files.outside", "out");
    expect(toFilesError(own, "a")).toBe(own);
  });
});

describe("a path shown to people", () => {
  it("escapes what does not show as itself, and is cut", () => {
    expect(toShownPath("a\u202Eb\n\u200B\u009B")).toBe('"a\\u{202e}b\\n\\u{200b}\\u{9b}"');
    expect(toShownPath("x".repeat(500)).length).toBe(203);
  });
});
