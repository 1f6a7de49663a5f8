import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { OmniError } from "@omni/core";
import { isAbsent } from "./home-files.ts";

/** A restore that has begun to replace, and is brought to its end whatever happens. */
export interface RestoreRecord {
  /** Name of the folder in the state folder that holds the unpacked backup, with the form of a home. */
  readonly folder: string;
  /** Whether a memory is restored. */
  readonly memory: boolean;
  /** Paths of the home's files in the backup; null where those of the home stay. */
  readonly files: readonly string[] | null;
  /** What is moved away first because it is damaged: names in the state folder, and the folder they go to. */
  readonly damaged: { readonly names: readonly string[]; readonly folder: string } | null;
}

const fileName = "restore.json";

/** Where the record of a home is, while there is one. */
export function toRecordPath(state: string): string {
  return join(state, fileName);
}

/** True while a restore of this state folder is under way, or was interrupted. */
export async function isRestoring(state: string): Promise<boolean> {
  return access(toRecordPath(state)).then(
    () => true,
    () => false,
  );
}

/** The restore that was interrupted in this state folder; undefined for none. Throws `store.corrupt` for a record that is none. */
export async function findRestore(state: string): Promise<RestoreRecord | undefined> {
  const path = toRecordPath(state);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const record = parse(text);
  if (record === undefined) throw new OmniError("store.corrupt", `${path} says that a restore was interrupted, and not which; restore the backup again.`);
  return record;
}

function parse(text: string): RestoreRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is RestoreRecord {
  if (typeof value !== "object" || value === null) return false;
  const { folder, memory, files, damaged } = value as Partial<Record<keyof RestoreRecord, unknown>>;
  return isName(folder) && typeof memory === "boolean" && (files === null || isTexts(files)) && (damaged === null || isDamaged(damaged));
}

function isDamaged(value: unknown): boolean {
  return typeof value === "object" && value !== null && "names" in value && "folder" in value && isTexts(value.names) && value.names.every(isName) && isName(value.folder);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** A name in the state folder itself. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value !== "." && value !== ".." && !/[/\\]/.test(value);
}
