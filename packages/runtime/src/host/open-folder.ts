import { constants, existsSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { OmniError } from "@omni/core";
import { toShownPath } from "./files-error.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Most links that one path may lead through. */
export const mostLinks = 16;

/**
 * An open folder, by which its entries are named. On Linux an entry is
 * reached through the folder's own descriptor, so that nobody can put another
 * folder in its place between the check and the use; elsewhere it is reached
 * by path and compared with the path after it was opened.
 */
export interface OpenFolder {
  readonly handle: FileHandle;
  /** Names below the root that led here, links resolved. */
  readonly segments: readonly string[];
  /** A path by which the operating system reaches the entry. */
  entry(name: string): string;
}

/** What kind of way to an open file this system has. */
export interface FolderAccess {
  readonly hasDescriptorPaths: boolean;
}

/** Finds out once how entries of an open folder can be named. */
export function detectFolderAccess(): FolderAccess {
  return { hasDescriptorPaths: existsSync("/proc/self/fd/0") || existsSync("/proc/self/fd/1") };
}

/** Opens the root itself. The root is a real path: its last part is no link. */
export async function openRoot(root: string, access: FolderAccess): Promise<OpenFolder> {
  const handle = await open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return toFolder(handle, [], root, access);
}

/** Opens the folder `name` in a folder. A link is refused by the operating system (ELOOP, ENOTDIR). */
export async function openChild(folder: OpenFolder, name: string, root: string, access: FolderAccess): Promise<OpenFolder> {
  const handle = await open(folder.entry(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const segments = [...folder.segments, name];
  try {
    await verify(handle, root, segments, access);
    return toFolder(handle, segments, root, access);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Opens a regular file in a folder without following a link and without waiting for a pipe. */
export async function openFile(folder: OpenFolder, name: string, root: string, access: FolderAccess): Promise<FileHandle> {
  const handle = await open(folder.entry(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  return toVerified(handle, root, [...folder.segments, name], access);
}

/** Makes a file that is not there yet and opens it to be written. `mode` is as for `open`, less the umask. */
export async function createFile(folder: OpenFolder, file: { readonly name: string; readonly mode: number }, root: string, access: FolderAccess): Promise<FileHandle> {
  const handle = await open(folder.entry(file.name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file.mode);
  return toVerified(handle, root, [...folder.segments, file.name], access);
}

async function toVerified(handle: FileHandle, root: string, segments: readonly string[], access: FolderAccess): Promise<FileHandle> {
  try {
    await verify(handle, root, segments, access);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The target when the entry is a link, else undefined. */
export async function readLinkOf(folder: OpenFolder, name: string): Promise<string | undefined> {
  const found = await lstat(folder.entry(name));
  return found.isSymbolicLink() ? readlink(folder.entry(name)) : undefined;
}

function toFolder(handle: FileHandle, segments: readonly string[], root: string, access: FolderAccess): OpenFolder {
  const base = access.hasDescriptorPaths ? `/proc/self/fd/${handle.fd}` : [root === "/" ? "" : root, ...segments].join("/");
  return { handle, segments, entry: (name) => `${base}/${name}` };
}

/** Without descriptor paths: what was opened must be what the path names, and the path must hold no link. */
async function verify(handle: FileHandle, root: string, segments: readonly string[], access: FolderAccess): Promise<void> {
  if (access.hasDescriptorPaths) return;
  const path = [root === "/" ? "" : root, ...segments].join("/");
  const [real, named, opened] = await Promise.all([realpath(path), stat(path), handle.stat()]);
  if (real !== path || named.dev !== opened.dev || named.ino !== opened.ino) throw new OmniError("files.outside", `${toShownPath(segments.join("/"))} changed while it was opened; nothing was done.`);
}
