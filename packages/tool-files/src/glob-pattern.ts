/// <reference path="./picomatch.d.ts" />
import { posix } from "node:path";

/** Longest glob that is taken. */
const mostCharacters = 1_000;

/** A glob made ready: where to look, how deep, and the expression whole paths must satisfy. */
export interface GlobPattern {
  /** Folder below which every match lies, relative to the place the glob is relative to; empty for that place itself. */
  readonly base: string;
  /** Levels below `base` that can match; undefined for any. */
  readonly depth: number | undefined;
  /** Matches a path relative to the place the glob is relative to. */
  readonly expression: RegExp;
}

/**
 * Makes a glob ready: `*` and `?` within a name, `**` across folders,
 * `{a,b}`, `[a-z]`. Names that begin with a dot match only where the glob
 * names the dot. A string instead of a pattern says what is wrong with it.
 */
export async function toGlobPattern(glob: string): Promise<GlobPattern | string> {
  const pattern = glob.replace(/^(?:\.\/)+/, "");
  if (pattern === "") return "The glob is empty. `**/*` matches every file, `*.md` the Markdown files of one folder.";
  if (pattern.length > mostCharacters) return `The glob has ${pattern.length} characters; at most ${mostCharacters} are taken.`;
  if (pattern.startsWith("/") || pattern.split("/").includes("..")) return `The glob ${pattern} leads out of its folder. Write it relative to the folder, and the folder as path.`;
  const { default: picomatch } = await import("picomatch");
  const parts = pattern.split("/");
  const fixed = parts.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  const base = parts.slice(0, fixed === -1 ? -1 : fixed).join("/");
  const isDeep = /\*\*|[{(\\]/.test(pattern);
  try {
    const expression = picomatch.makeRe(pattern, { windows: false, maxLength: mostCharacters, strictBrackets: true });
    return { base, depth: isDeep ? undefined : parts.length - (base === "" ? 0 : base.split("/").length), expression };
  } catch (error) {
    return `The glob ${pattern} cannot be understood: ${error instanceof Error ? error.message : String(error)}. Put a backslash before a bracket that stands for itself.`;
  }
}

/** `folder/name` without a leading `./`; `.` for the workspace itself. */
export function joinPath(folder: string, below: string): string {
  return posix.normalize(posix.join(folder, below)).replace(/(?<=.)\/$/, "");
}
