import { createReadStream } from "node:fs";
import { mkdir, open, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isOmniError, OmniError } from "@omni/core";
import type { BackupManifest, BackupMember } from "./manifest.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { TarEntry } from "./tar-header.ts";
import { blockBytes, fromMore, fromTarHeader, toPadding } from "./tar-header.ts";
import { createByteReader } from "./byte-reader.ts";
import { manifestName, noBackup, toManifest } from "./manifest.ts";

/** Most bytes of a manifest, of a header that says more, and of what fills the archive up behind its end. */
const mostManifestBytes = 4 * 1_024 * 1_024;
const mostMoreBytes = 4_096;
const mostFillingBytes = 1_024 * 1_024;

/** Bytes of the disk that are left free. */
const keptFree = 64 * 1_024 * 1_024;

/**
 * Unpacks a backup into a new folder, and believes nothing of it: members are
 * those of the manifest, in its order, with its sizes and checksums, at places
 * that a home has, and all of them fit on the disk twice. Throws
 * `usage.invalid` for anything else and `files.full` where they do not; then
 * the folder may hold a part of it.
 */
export async function readArchive(file: string, folder: string, signal: AbortSignal): Promise<BackupManifest> {
  const found = await stat(file).catch((error: unknown) => {
    throw new OmniError("usage.invalid", `${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`, { cause: error });
  });
  if (!found.isFile()) throw new OmniError("usage.invalid", `${file} is no file.`);
  const { createGunzip } = await import("node:zlib");
  const unpacked: { manifest?: BackupManifest } = {};
  try {
    await pipeline(createReadStream(file), createGunzip(), async (bytes: AsyncIterable<Uint8Array>) => void (unpacked.manifest = await unpack(createByteReader(bytes), folder)), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw isOmniError(error) ? error : toReadError(error);
  }
  if (unpacked.manifest === undefined) throw noBackup("it is empty");
  return unpacked.manifest;
}

function toReadError(error: unknown): OmniError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOSPC" || code === "EDQUOT") return new OmniError("files.full", "There is no space left to unpack the backup; nothing was changed. Free some space and try again.", { cause: error });
  return noBackup(`it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`, error);
}

async function unpack(reader: ByteReader, folder: string): Promise<BackupManifest> {
  const first = await readEntry(reader);
  if (first?.path !== manifestName || first.bytes > mostManifestBytes) throw noBackup(`it does not begin with ${manifestName}`);
  const manifest = toManifest((await reader.take(first.bytes)).toString());
  await reader.take(toPadding(first.bytes));
  await checkSpace(manifest, folder);
  for (const member of manifest.members) {
    const entry = await readEntry(reader);
    if (entry?.path !== member.path || entry.bytes !== member.bytes) throw noBackup(`${member.path} is not where its manifest says, or not as large`);
    await writeMember(reader, join(folder, member.path), member);
    await reader.take(toPadding(member.bytes));
  }
  if ((await readEntry(reader)) !== undefined) throw noBackup("it holds more than its manifest says");
  await readFilling(reader);
  return manifest;
}

/** The next file; undefined at the end. */
async function readEntry(reader: ByteReader): Promise<TarEntry | undefined> {
  const header = fromTarHeader(await reader.take(blockBytes));
  if (header.kind === "end") return undefined;
  if (header.kind === "file") return header;
  if (header.bytes > mostMoreBytes) throw noBackup("a header of it is too long");
  const more = fromMore(await reader.take(header.bytes));
  await reader.take(toPadding(header.bytes));
  const next = fromTarHeader(await reader.take(blockBytes));
  if (next.kind !== "file") throw noBackup("a header of it belongs to no file");
  return { path: more.path ?? next.path, bytes: more.bytes ?? next.bytes };
}

async function checkSpace({ members }: BackupManifest, folder: string): Promise<void> {
  const wanted = 2 * members.reduce((total, { bytes }) => total + bytes, 0) + keptFree;
  const { bavail, bsize } = await statfs(folder);
  if (wanted > bavail * bsize) throw new OmniError("files.full", `Restoring takes ${Math.ceil(wanted / 1_048_576)} MiB, and ${folder} has ${Math.floor((bavail * bsize) / 1_048_576)}; nothing was changed. Free some space and try again.`);
}

/** Writes a member as a new file, on disk when it resolves. */
async function writeMember(reader: ByteReader, path: string, { bytes, sha256, path: name, executable }: BackupMember): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const file = await open(path, "wx", executable === true ? 0o700 : 0o600);
  try {
    for await (const chunk of reader.stream(bytes)) {
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (hash.digest("hex") !== sha256) throw noBackup(`the checksum of ${name} is wrong`);
}

/** Zeros may follow the end, as other programs write them; nothing else. */
async function readFilling(reader: ByteReader): Promise<void> {
  let left = mostFillingBytes;
  for (;;) {
    const chunk = await reader.next();
    if (chunk === undefined) return;
    left -= chunk.length;
    if (left < 0 || chunk.some((byte) => byte !== 0)) throw noBackup("something follows its end");
  }
}
