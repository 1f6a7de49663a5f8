/** What of a home goes into a backup besides `state/`: the files it may have, and folders with files below them. */
const files: ReadonlySet<string> = new Set(["omni.json", "mcp.json", "workspace/MEMORY.md"]);

/** Most bytes of a path, and of one of its parts: what every file system takes. */
const mostBytes = 1_024;
const mostPartBytes = 255;

/** Characters that no name in a backup has: control characters, and the separator of another system. */
const forbidden = /[\u0000-\u001f\u007f\\]/;

/**
 * True for a path that a member of a backup may have: relative, with `/`, of
 * plain parts, and below one of the places that a home has. Everything else
 * (absolute, `..`, other places) is none, so whatever is unpacked lies where
 * it belongs.
 */
export function isMemberPath(path: string): boolean {
  const parts = path.split("/");
  const isPlain = path.isWellFormed() && !forbidden.test(path) && Buffer.byteLength(path) <= mostBytes;
  if (!isPlain || !parts.every((part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= mostPartBytes)) return false;
  return files.has(path) || (parts[0] === "state" && parts.length === 2) || (parts[0] === "skills" && parts.length > 1);
}

/** The first path that meets another on some file system: by case, by normalisation, or as a folder of the other. */
export function findClash(paths: readonly string[]): string | undefined {
  const keys = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const key = path.normalize("NFC").toLowerCase();
    const above = key.split("/").slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join("/"));
    if (keys.has(key) || folders.has(key) || above.some((folder) => keys.has(folder))) return path;
    keys.add(key);
    for (const folder of above) folders.add(folder);
  }
  return undefined;
}
