import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupManifest, BackupMember } from "./manifest.ts";
import { blockBytes, toPadding, toTarHeader } from "./tar-header.ts";
import { manifestName } from "./manifest.ts";

/** Size and checksum of a file in a folder. */
export async function toMember(folder: string, path: string, signal: AbortSignal): Promise<BackupMember> {
  const file = join(folder, path);
  const { size: bytes, mode } = await stat(file);
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash, { signal });
  return { path, bytes, sha256: hash.digest("hex"), ...((mode & 0o100) === 0 ? {} : { executable: true }) };
}

/** Writes a new file: a tar archive, packed by gzip, of the manifest and its members, which lie in a folder. On disk when it resolves. */
export async function writeArchive(file: string, folder: string, manifest: BackupManifest, signal: AbortSignal): Promise<void> {
  const { createGzip } = await import("node:zlib");
  await pipeline(Readable.from(toTar(folder, manifest), { objectMode: false }), createGzip(), createWriteStream(file, { flags: "wx", mode: 0o600, flush: true }), { signal });
}

async function* toTar(folder: string, manifest: BackupManifest): AsyncGenerator<Uint8Array, void, undefined> {
  const at = Date.parse(manifest.createdAt);
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  yield toTarHeader({ path: manifestName, bytes: text.length }, at);
  yield text;
  yield Buffer.alloc(toPadding(text.length));
  for (const member of manifest.members) {
    const { path, bytes } = member;
    yield toTarHeader(member, at);
    if (bytes > 0) yield* createReadStream(join(folder, path), { end: bytes - 1 }) as AsyncIterable<Uint8Array>;
    yield Buffer.alloc(toPadding(bytes));
  }
  yield Buffer.alloc(2 * blockBytes);
}
