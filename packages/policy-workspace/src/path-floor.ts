/** Where a path leads, by its letters alone, or why it is not understood. */
export type ResolvedPath = { readonly path: string } | { readonly problem: string };

/** Control, direction and invisible characters, which make a name look like another. Joiners are spared: scripts and emoji need them. */
const hiding = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/** What another program would expand or read as an address: `~`, `$HOME/`, `C:`, `file:`. */
const expanding = /^~|^\$\{|^\$\w+(?:\/|$)|^[a-z]:|^file:|^[a-z][a-z0-9+.-]*:\/\//i;

/** Linux's limits, in bytes. */
const longestPath = 4_096;
const longestName = 255;

/**
 * Resolves a path against an absolute folder without looking at the disk.
 * Percent signs and look-alike characters are letters of a name and nothing
 * is decoded. Links are seen by whoever opens the file.
 */
export function resolvePath(path: string, base: string): ResolvedPath {
  if (!path.isWellFormed() || hiding.test(path)) return { problem: "holds characters that hide what it is" };
  if (path.includes("\\")) return { problem: "holds a backslash" };
  if (expanding.test(path)) return { problem: "looks like an address or a name that another program expands" };
  const encoder = new TextEncoder();
  const names = path.split("/");
  if (encoder.encode(path).length > longestPath || names.some((name) => encoder.encode(name).length > longestName)) return { problem: "is too long" };
  const resolved: string[] = [];
  for (const name of path.startsWith("/") ? names : [...base.split("/"), ...names]) {
    if (name === "..") resolved.pop();
    else if (name !== "" && name !== ".") resolved.push(name);
  }
  return { path: `/${resolved.join("/")}` };
}

/** True for the folder itself and what lies below it. Names are compared exactly. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** True also where only case or Unicode form differ, as some file systems do not tell them apart. For refusing, never for allowing. */
export function isInsideLoosely(path: string, folder: string): boolean {
  return isInside(toLoose(path), toLoose(folder));
}

function toLoose(path: string): string {
  return path.normalize("NFKC").toLowerCase();
}
