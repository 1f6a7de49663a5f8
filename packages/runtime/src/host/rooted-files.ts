import { realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { lstat, mkdir, readdir } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import type { FileEntry, FileGuard, Files, Random, RootedFiles } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OpenFolder } from "./open-folder.ts";
import type { ResolvedEntry, Root } from "./resolve-entry.ts";
import { detectFolderAccess, openChild, openRoot } from "./open-folder.ts";
import { isCode } from "./files-code.ts";
import { refuseSight, refuseUse } from "./guarded-entry.ts";
import { isSystemPath, withEntry } from "./resolve-entry.ts";
import { readFileIn, writeFileIn } from "./file-content.ts";
import { toFilesError, toShownPath } from "./files-error.ts";

/** Deepest folder a walk enters, counted from its start; each open level holds a descriptor. */
const deepestWalk = 64;

/** The operating system's files, each use below one root. */
export function createRootedFiles(random: Random): Files {
  const access = detectFolderAccess();
  return {
    within(path, guard = unguarded) {
      const root: Root = { ...toRoot(path), access };
      return {
        root: root.path,
        read: (file, range = {}) => told(file, () => withEntry(root, file, { judge: (segments) => refuseUse(guard, { root: root.path, segments, path: file }) }, (entry) => readFileIn(toFileEntry(entry, file), range, root))),
        write: (file, content) => told(file, () => write(root, file, content, { random, guard })),
        stat: (file) => told(file, () => withEntry(root, file, { judge: (segments) => refuseSight(guard, { root: root.path, segments, path: file }), keepLastLink: true }, statEntry).catch(toAbsent)),
        list: (folder) => told(folder, () => list(root, folder, guard)),
        walk: (folder, options = {}) => walk(root, folder, options, guard),
      } satisfies RootedFiles;
    },
  };
}

function toRoot(path: string): Pick<Root, "path" | "names"> {
  if (!isAbsolute(path)) throw new OmniError("files.denied", `${toShownPath(path)} cannot be a root: it is no absolute path.`);
  try {
    const real = realpathSync(path);
    if (!statSync(real).isDirectory()) throw new OmniError("files.not-a-file", `${toShownPath(path)} is no folder.`);
    if (isSystemPath(real)) throw new OmniError("files.denied", `${toShownPath(path)} belongs to the operating system and cannot be worked in.`);
    return { path: real, names: [...new Set([real, resolve(path)])] };
  } catch (error) {
    throw toFilesError(error, path);
  }
}

/** Of files that nobody judges: those of the program itself. */
const unguarded: FileGuard = () => undefined;

async function told<Result>(path: string, body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    throw toFilesError(error, path);
  }
}

async function write(root: Root, path: string, content: string | Uint8Array, { random, guard }: { readonly random: Random; readonly guard: FileGuard }): Promise<void> {
  if (path.endsWith("/")) throw new OmniError("files.not-a-file", `${toShownPath(path)} ends like a folder; name a file.`);
  await withEntry(root, path, { make: makeFolder, judge: (segments) => refuseUse(guard, { root: root.path, segments, path }) }, (entry) => writeFileIn(toFileEntry(entry, path), content, root, random));
}

/** Makes a folder on the way to a file. Somebody else may have made it meanwhile. */
async function makeFolder(folder: OpenFolder, name: string): Promise<void> {
  await mkdir(folder.entry(name)).catch((error: unknown) => {
    if (!isCode(error, "EEXIST")) throw error;
  });
  await folder.handle.sync().catch(() => undefined);
}

function toFileEntry(entry: ResolvedEntry, path: string): ResolvedEntry & { readonly name: string; readonly path: string } {
  if (entry.name === undefined) throw new OmniError("files.not-a-file", `${toShownPath(path)} is a folder, not a file.`);
  return { ...entry, name: entry.name, path };
}

function toAbsent(error: unknown): undefined {
  if (isCode(error, "ENOENT", "ENOTDIR")) return undefined;
  throw error;
}

async function statEntry(entry: ResolvedEntry): Promise<FileEntry> {
  if (entry.name === undefined) return toEntry([], await entry.folder.handle.stat());
  return toEntry([...entry.folder.segments, entry.name], await lstat(entry.folder.entry(entry.name)));
}

/** The entry as an open folder of its own, which the caller closes. */
async function openEntry(entry: ResolvedEntry, root: Root, path: string): Promise<OpenFolder> {
  if (entry.name === undefined) return openRoot(root.path, root.access);
  return openChild(entry.folder, entry.name, root.path, root.access).catch((error: unknown) => {
    throw isCode(error, "ENOTDIR") ? new OmniError("files.not-a-file", `${toShownPath(path)} is no folder.`) : error;
  });
}

async function openToSee(root: Root, path: string, guard: FileGuard): Promise<OpenFolder> {
  return withEntry(root, path, { judge: (segments) => refuseSight(guard, { root: root.path, segments, path }) }, (entry) => openEntry(entry, root, path));
}

async function list(root: Root, path: string, guard: FileGuard): Promise<readonly FileEntry[]> {
  const folder = await openToSee(root, path, guard);
  try {
    const entries = await listFolder(folder);
    return entries.filter((entry) => entry.kind !== "directory" || guard(entry.path, root.path)?.verdict !== "deny");
  } finally {
    await folder.handle.close();
  }
}

async function listFolder(folder: OpenFolder): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const name of await sortedNames(folder)) {
    const found = await lstat(folder.entry(name)).catch(() => undefined);
    if (found !== undefined) entries.push(toEntry([...folder.segments, name], found));
  }
  return entries;
}

async function sortedNames(folder: OpenFolder): Promise<readonly string[]> {
  return (await readdir(folder.entry("."))).sort();
}

interface WalkState {
  readonly root: Root;
  readonly depth: number;
  readonly enter: (directory: string) => boolean;
  readonly signal: AbortSignal | undefined;
}

async function* walk(root: Root, path: string, options: NonNullable<Parameters<RootedFiles["walk"]>[1]>, guard: FileGuard): AsyncGenerator<FileEntry, void, undefined> {
  const enter = (directory: string): boolean => guard(directory, root.path)?.verdict !== "deny" && (options.enter?.(directory) ?? true);
  const state: WalkState = { root, depth: Math.min(options.depth ?? deepestWalk, deepestWalk), enter, signal: options.signal };
  const folder = await told(path, () => openToSee(root, path, guard));
  yield* walkFolder(folder, state);
}

/** Folders that vanish or refuse to be read during the walk are passed over: the rest is still worth seeing. */
async function* walkFolder(folder: OpenFolder, state: WalkState): AsyncGenerator<FileEntry, void, undefined> {
  try {
    for (const name of await sortedNames(folder)) {
      state.signal?.throwIfAborted();
      const found = await lstat(folder.entry(name)).catch(() => undefined);
      if (found === undefined) continue;
      const entry = toEntry([...folder.segments, name], found);
      if (entry.kind === "file") yield entry;
      if (entry.kind !== "directory" || state.depth <= 1 || !state.enter(entry.path)) continue;
      const child = await openChild(folder, name, state.root.path, state.root.access).catch(() => undefined);
      if (child !== undefined) yield* walkFolder(child, { ...state, depth: state.depth - 1 });
    }
  } finally {
    await folder.handle.close();
  }
}

function toEntry(segments: readonly string[], found: Stats): FileEntry {
  const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : found.isSymbolicLink() ? "link" : "other";
  return { path: segments.join("/"), kind, size: kind === "file" ? found.size : 0, modifiedAt: found.mtimeMs };
}
