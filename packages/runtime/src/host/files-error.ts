import type { OmniErrorCode } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

const faults: Readonly<Record<string, readonly [OmniErrorCode, string]>> = {
  ENOENT: ["files.not-found", "does not exist"],
  ENOTDIR: ["files.not-found", "does not exist: a part of the path is no folder"],
  EISDIR: ["files.not-a-file", "is a folder, not a file"],
  ENOSPC: ["files.full", "was not written: the disk is full. Free some space and try again"],
  EDQUOT: ["files.full", "was not written: the quota of the disk is used up. Free some space and try again"],
  EFBIG: ["files.too-large", "would be larger than the file system allows"],
  ENAMETOOLONG: ["files.denied", "is longer than the file system allows"],
  ENXIO: ["files.not-a-file", "is no regular file"],
  EROFS: ["files.denied", "is on a file system that cannot be written"],
  EMFILE: ["files.denied", "cannot be opened now: too many files are open"],
};

/** An error of the operating system in Omni's own words; the path is shown as it was given. */
export function toFilesError(error: unknown, path: string): OmniError {
  if (isOmniError(error)) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const [mapped, words] = faults[code] ?? (["files.denied", `cannot be used (${code || (error instanceof Error ? error.message : String(error))})`] as const);
  return new OmniError(mapped, `${toShownPath(path)} ${words}.`, { cause: error, retryable: code === "EMFILE" || mapped === "files.full" });
}

/** A path for people: quoted, with everything that does not show as itself escaped, and cut where it is long. */
export function toShownPath(path: string): string {
  const cut = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return JSON.stringify(cut).replace(/[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
