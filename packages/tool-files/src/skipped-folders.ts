/** Folders that hold what tools made, in great number. They are named, and entered only when asked for. */
const skipped: readonly string[] = [".git", "node_modules"];

/** True for a folder that is not entered by itself; `asked` is the path or pattern of the call, which may name it. */
export function isSkipped(folder: string, asked: string): boolean {
  const name = folder.split("/").at(-1) ?? "";
  return skipped.includes(name) && !asked.split("/").includes(name);
}
