import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BackupManifest } from "../../src/state-backup/manifest.ts";
import { toPadding, toTarHeader } from "../../src/state-backup/tar-header.ts";

/** Files by path. */
export type Files = Readonly<Record<string, string>>;

/** The least that a backup holds. */
export const least: Files = { "state/store.db": "the store" };

/** The manifest of these files, with changes. */
export function manifestOf(files: Files, change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const members = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.byteLength(text), sha256: createHash("sha256").update(text).digest("hex") }));
  return { format: 1, omni: "0.1.0", createdAt: "2026-01-02T03:04:05.678Z", store: { use: "fake", files: ["state/store.db"] }, memory: null, members, ...change };
}

/** Writes files into a folder, and the manifest they have. */
export async function fill(folder: string, files: Files): Promise<BackupManifest> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return manifestOf(files) as unknown as BackupManifest;
}

/** A header block with one byte, and the sum, as one likes. */
export function withType(header: Buffer, type: string): Buffer {
  const block = Buffer.from(header);
  block.write(type, 156, "latin1");
  block.write(" ".repeat(8), 148, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A file of an archive as its bytes. */
export function toBytes(path: string, text: string | Buffer, bytes: number = Buffer.byteLength(text)): Buffer {
  return Buffer.concat([toTarHeader({ path, bytes }, 0), Buffer.from(text), Buffer.alloc(toPadding(Buffer.byteLength(text)))]);
}

/** An archive of a manifest and what follows it. */
export function pack(manifest: unknown, rest: readonly Buffer[], end: Buffer = Buffer.alloc(1_024)): Buffer {
  return gzipSync(Buffer.concat([toBytes("manifest.json", typeof manifest === "string" ? manifest : JSON.stringify(manifest)), ...rest, end]));
}
