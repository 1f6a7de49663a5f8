import { OmniError } from "@omni/core";
import { findClash, isMemberPath } from "./member-path.ts";

/** One file of a backup. */
export interface BackupMember {
  /** From the home's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** A program, of a skill. */
  readonly executable?: true;
}

/** A part of the composition that wrote a copy of what it keeps. */
export interface BackupPart {
  /** The implementation, as the configuration named it. */
  readonly use: string;
  /** Paths of what it wrote. */
  readonly files: readonly string[];
}

/** What `manifest.json`, the first member of a backup, says of it. */
export interface BackupManifest {
  readonly format: number;
  /** Version of the program that made it. */
  readonly omni: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly store: BackupPart;
  /** Null where memory was turned off. */
  readonly memory: BackupPart | null;
  /** Every other member, in the order in which they follow. */
  readonly members: readonly BackupMember[];
}

/** The form of backups that this version writes. */
export const backupFormat = 1;

/** Name of the manifest in the archive. */
export const manifestName = "manifest.json";

/** Most members of a backup. */
export const mostMembers = 10_000;

/** The manifest in a text. Throws `usage.invalid` for anything that this version did not, or could not, have written. */
export function toManifest(text: string): BackupManifest {
  const value = toRecord(parse(text));
  const { format, omni, createdAt } = value;
  if (typeof format !== "number" || !Number.isInteger(format) || format < 1) throw noBackup("its manifest has no format");
  if (format > backupFormat) throw new OmniError("usage.invalid", `The backup was made by a newer Omni (${String(omni)}, format ${format}; this one knows ${backupFormat}); restore it with that.`);
  if (typeof omni !== "string" || typeof createdAt !== "string" || Number.isNaN(Date.parse(createdAt))) throw noBackup("its manifest says neither who made it nor when");
  const members = toList(value["members"]).map(toMember);
  if (members.length > mostMembers) throw noBackup(`it has more than ${mostMembers} members`);
  const paths = members.map(({ path }) => path);
  const clash = findClash(paths);
  if (clash !== undefined) throw noBackup(`two of its members would be one file, ${JSON.stringify(clash)}`);
  const store = toPart(value["store"], paths);
  const memory = value["memory"] === null ? null : toPart(value["memory"], paths);
  return { format, omni, createdAt, store, memory, members };
}

/** What to say of a file that is no backup, or a damaged one. */
export function noBackup(why: string, cause?: unknown): OmniError {
  return new OmniError("usage.invalid", `This is no backup of Omni, or a damaged one: ${why}. Nothing was changed.`, { cause });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw noBackup("its manifest is no JSON", error);
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw noBackup("its manifest does not have the form of one");
  return { ...value };
}

function toList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw noBackup("its manifest does not have the form of one");
  return value;
}

function toMember(value: unknown): BackupMember {
  const { path, bytes, sha256, executable } = toRecord(value);
  if (typeof path !== "string" || !isMemberPath(path)) throw noBackup(`a member is called ${String(JSON.stringify(path)).slice(0, 200)}, which is no place in a home`);
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) throw noBackup(`the size of ${path} is no number of bytes`);
  if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw noBackup(`${path} has no checksum`);
  return { path, bytes, sha256, ...(executable === true ? { executable } : {}) };
}

function toPart(value: unknown, paths: readonly string[]): BackupPart {
  const { use, files } = toRecord(value);
  const named = toList(files).map(String);
  const isWhole = typeof use === "string" && named.length > 0 && named.every((file) => file.startsWith("state/") && paths.includes(file));
  if (!isWhole) throw noBackup("its manifest names no copy of what is kept");
  return { use, files: named };
}
