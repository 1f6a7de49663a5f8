import { isAbsolute } from "node:path";
import { OmniError } from "@omni/core";
import { toShownPath } from "./files-error.ts";

/**
 * Characters that no path may hold: control characters, marks that reorder
 * text, and spaces without width. A name with them reads as another name in
 * an approval. Joiners inside words and emoji are allowed.
 */
const deceptive = /[\u0000-\u001F\u007F-\u009F\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/u;

/** Notations that other programs expand. Nothing is expanded here, so they can only be meant for elsewhere. */
const notations: readonly (readonly [RegExp, string])[] = [
  [/^~[^/]*\/|^~$/, "~ is not expanded: write the path from the workspace"],
  [/^\$(?:\{[A-Za-z_]\w*\}|[A-Z_][A-Z0-9_]*)(?:\/|$)/, "variables are not expanded: write the path from the workspace"],
  [/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, "it is a URL, not a path"],
  [/^[A-Za-z]:(?:[\\/]|$)/, "it is a path of another system"],
  [/\\/, "folders are separated by /"],
];

/** Longest path below a root, bytes: what Linux takes in one call (4,096), less room for the root. */
const longestPath = 3_072;

/**
 * The parts of a path below a root, `.` and `..` resolved as text before
 * anything is opened. Absolute paths must start with one of `roots`. Nothing
 * is decoded, expanded or normalised: a name is its bytes. Throws
 * `files.outside` or `files.denied`.
 */
export function toSegments(path: string, roots: readonly string[]): readonly string[] {
  if (deceptive.test(path)) throw new OmniError("files.denied", `${toShownPath(path)} is refused: it holds characters that do not show as what they are.`);
  const notation = notations.find(([pattern]) => pattern.test(path));
  if (notation !== undefined) throw new OmniError("files.outside", `${toShownPath(path)} is refused: ${notation[1]}.`);
  const segments = isAbsolute(path) ? stripRoot(normalise(path.split("/"), path), roots) : normalise(path.split("/"), path);
  if (segments === undefined) throw toOutside(path);
  if (Buffer.byteLength(segments.join("/")) > longestPath) throw new OmniError("files.denied", `${toShownPath(path)} is longer than ${longestPath} bytes.`);
  return segments;
}

/** The refusal of a path that leads out. */
export function toOutside(path: string): OmniError {
  return new OmniError("files.outside", `${toShownPath(path)} leads out of the workspace; only what lies in it can be used.`);
}

function normalise(parts: readonly string[], path: string): readonly string[] {
  const segments: string[] = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part !== "..") segments.push(part);
    else if (segments.pop() === undefined) throw toOutside(path);
  }
  return segments;
}

function stripRoot(segments: readonly string[], roots: readonly string[]): readonly string[] | undefined {
  for (const root of roots) {
    const outer = root.split("/").filter((part) => part !== "");
    if (outer.every((part, index) => segments[index] === part)) return segments.slice(outer.length);
  }
  return undefined;
}
