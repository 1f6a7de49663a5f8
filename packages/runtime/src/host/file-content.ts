import { constants } from "node:fs";
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, lstat, rename, unlink } from "node:fs/promises";
import type { Random } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ResolvedEntry, Root } from "./resolve-entry.ts";
import { isCode } from "./files-code.ts";
import { createFile, openFile } from "./open-folder.ts";
import { toShownPath } from "./files-error.ts";

/** Most bytes one read returns when no limit is given. */
const mostBytes = 67_108_864;

/** A file on its way to be opened. */
export interface NamedEntry extends ResolvedEntry {
  readonly name: string;
  /** As it was given, for messages. */
  readonly path: string;
}

/** Bytes of a regular file. What was opened is what is judged: the checks are made on the open file. */
export async function readFileIn(entry: NamedEntry, range: { readonly offset?: number; readonly limit?: number }, root: Root): Promise<Uint8Array> {
  const file = await openFile(entry.folder, entry.name, root.path, root.access);
  try {
    const found = await file.stat();
    refuseUnfit(found, entry.path);
    if ((found.mode & 0o444) === 0) throw new OmniError("files.denied", `${toShownPath(entry.path)} may be read by nobody; change its mode first.`);
    const offset = Math.max(0, range.offset ?? 0);
    const rest = Math.max(0, found.size - offset);
    if (range.limit === undefined && rest > mostBytes) {
      throw new OmniError("files.too-large", `${toShownPath(entry.path)} has ${found.size} bytes, more than ${mostBytes} at once; read it in ranges.`);
    }
    return await readRange(file, offset, Math.min(range.limit ?? rest, rest));
  } finally {
    await file.close();
  }
}

async function readRange(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/**
 * Replaces or makes a file: the new bytes are written beside it, made to last,
 * and take its name in one step. The mode of an existing file is kept.
 */
export async function writeFileIn(entry: NamedEntry, content: string | Uint8Array, root: Root, random: Random): Promise<void> {
  const target = entry.folder.entry(entry.name);
  const found = await lstat(target).catch((error: unknown) => {
    if (!isCode(error, "ENOENT")) throw error;
    return undefined;
  });
  if (found !== undefined) await refuseUnwritable(found, target, entry.path);
  const name = `.omni-${random.id()}.tmp`;
  const temporary = entry.folder.entry(name);
  try {
    // Until it has the mode of what it replaces, nobody else may read it.
    const file = await createFile(entry.folder, { name, mode: found === undefined ? 0o666 : 0o600 }, root.path, root.access);
    await writeNew(file, content, found === undefined ? undefined : found.mode & 0o7777);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await entry.folder.handle.sync().catch(() => undefined);
}

async function writeNew(file: FileHandle, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  try {
    await file.writeFile(content);
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The rename would get past the rights of the file itself, so they are asked first. */
async function refuseUnwritable(found: Stats, target: string, path: string): Promise<void> {
  refuseUnfit(found, path);
  if ((found.mode & 0o222) === 0) throw new OmniError("files.denied", `${toShownPath(path)} is marked read-only; change its mode first.`);
  await access(target, constants.W_OK);
}

/**
 * Only a regular file with one name is used. A second name may lie outside of
 * the root, where nothing can see it: a secret linked into the workspace would
 * be read, or changed, under its inside name.
 */
function refuseUnfit(found: Stats, path: string): void {
  if (found.isDirectory()) throw new OmniError("files.not-a-file", `${toShownPath(path)} is a folder, not a file.`);
  if (!found.isFile()) throw new OmniError("files.not-a-file", `${toShownPath(path)} is no regular file.`);
  if (found.nlink > 1) {
    throw new OmniError("files.denied", `${toShownPath(path)} has ${found.nlink} names (hard links), and another may lie outside of the workspace; copy it over itself to give it one of its own.`);
  }
}
