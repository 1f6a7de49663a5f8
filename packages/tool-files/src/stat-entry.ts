import type { FileEntry, RootedFiles, ToolResult } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { toFailedResult } from "./tool-output.ts";

/** An entry of the wanted kind, or the result that says why it is not there. */
export type FoundEntry = { readonly entry: FileEntry } | { readonly failure: ToolResult };

/** Most names of the folder that are looked at for a suggestion. */
const mostNames = 1_000;

/** The file at `path`. Refusals of the host's files (outside, denied) are thrown through. */
export async function statFile(files: RootedFiles, path: string): Promise<FoundEntry> {
  const entry = await files.stat(path);
  if (entry === undefined) return toMissing(files, path);
  if (entry.kind === "directory") return { failure: toFailedResult(`${path} is a folder. See what is in it with files.list {"path":${JSON.stringify(path)}}.`) };
  return { entry };
}

/** The folder at `path`, under its own path where a link leads to it. */
export async function statFolder(files: RootedFiles, path: string): Promise<FoundEntry> {
  const entry = await files.stat(path);
  if (entry === undefined) return toMissing(files, path);
  if (entry.kind === "directory") return { entry };
  const linked = entry.kind === "link" ? await followToFolder(files, path, entry) : undefined;
  return linked === undefined ? { failure: toFailedResult(`${path} is a file, not a folder. Read it with files.read {"path":${JSON.stringify(path)}}.`) } : { entry: linked };
}

/** The file or folder at `path`; a link is what it leads to. */
export async function statAny(files: RootedFiles, path: string): Promise<FoundEntry> {
  const entry = await files.stat(path);
  if (entry === undefined) return toMissing(files, path);
  if (entry.kind !== "link") return { entry };
  return { entry: (await followToFolder(files, path, entry)) ?? { ...entry, kind: "file" } };
}

/** The folder a link leads to, by the paths of what is in it; undefined for a link to a file. Links that lead out are refused by the host. */
async function followToFolder(files: RootedFiles, path: string, link: FileEntry): Promise<FileEntry | undefined> {
  try {
    const first = (await files.list(path))[0];
    return { ...link, kind: "directory", path: first === undefined ? link.path : first.path.split("/").slice(0, -1).join("/") };
  } catch (error) {
    if (isOmniError(error) && error.code === "files.not-a-file") return undefined;
    throw error;
  }
}

/** Says that nothing is there, with the names of the folder that are like it. */
async function toMissing(files: RootedFiles, path: string): Promise<never> {
  const wanted = toName(path).toLowerCase();
  const near = wanted === "" ? [] : (await namesBeside(files, path)).filter((name) => isAlike(name.toLowerCase(), wanted)).slice(0, 3);
  const mend = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "See what is there with files.list, or look for it with files.glob.";
  throw new OmniError("files.not-found", `There is no ${path} in the workspace. ${mend}`);
}

async function namesBeside(files: RootedFiles, path: string): Promise<readonly string[]> {
  const folder = path.replace(/\/+$/, "").split("/").slice(0, -1).join("/");
  try {
    const entries = await files.list(folder === "" ? "." : folder);
    return entries.slice(0, mostNames).map((entry) => entry.path);
  } catch {
    // The folder is missing too, or may not be looked at: then there is nothing to suggest.
    return [];
  }
}

function isAlike(path: string, wanted: string): boolean {
  const name = toName(path);
  const stem = (text: string): string => text.replace(/\.[^.]*$/, "");
  return name === wanted || (wanted.length > 2 && (stem(name) === stem(wanted) || name.startsWith(wanted) || wanted.startsWith(`${name}.`)));
}

function toName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}
