import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JsonValue, SlotName } from "@omni/core";
import { OmniError } from "@omni/core";
import { toPascal } from "./package-name.ts";
import { readTemplate } from "./template.ts";

/** What is to be made. */
export interface NewPackage {
  readonly slot: SlotName;
  readonly name: string;
  readonly packageName: string;
  /** Absolute path of the folder to make. */
  readonly folder: string;
  /** Of the program, and so of the contracts the package is written for. */
  readonly version: string;
}

/** What was made. */
export interface MadePackage extends NewPackage {
  /** Paths in the folder, sorted. */
  readonly files: readonly string[];
  /** The one that the author writes. */
  readonly yours: string;
  /** What he writes there, in words. */
  readonly write: string;
  /** What goes into `omni.json`. */
  readonly use: JsonValue;
}

/** Makes the folder of a package from its slot's template. Rejects with `usage.invalid` where something is there already, and then writes nothing. */
export async function makePackage(wanted: NewPackage): Promise<MadePackage> {
  const { about, files } = await readTemplate(wanted.slot);
  const fill = createFill(wanted, about);
  const use = fillJson(about.use, fill);
  const readme = (text: string): string => text.replace("__use__", () => JSON.stringify(use, null, 2));
  const filled = new Map([...files].map(([path, text]) => [toFileName(fill(path)), path === "README.md" ? readme(fill(text)) : fill(text)]));
  await requireRoom(wanted.folder);
  for (const [path, text] of filled) await write(join(wanted.folder, path), text);
  return { ...wanted, files: [...filled.keys()].toSorted(), yours: fill(about.yours), write: about.write, use };
}

function createFill({ slot, name, packageName, folder, version }: NewPackage, { contract, yours, write: words }: { readonly contract: string; readonly yours: string; readonly write: string }): (text: string) => string {
  const values: Readonly<Record<string, string>> = { name, Name: toPascal(name), slot, package: packageName, folder, version, contract, write: words, yours: yours.replace("__name__", name) };
  return (text) => text.replaceAll(/__(\w+?)__/g, (whole, key: string) => (Object.hasOwn(values, key) ? (values[key] ?? whole) : whole));
}

function fillJson(value: JsonValue, fill: (text: string) => string): JsonValue {
  if (typeof value === "string") return fill(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((each) => fillJson(each, fill));
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[fill(key), fillJson(inner, fill)]])));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Packers leave out a file of this name, so the template has it without its dot. */
function toFileName(path: string): string {
  return path === "gitignore" ? ".gitignore" : path;
}

async function requireRoom(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown): readonly string[] => {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    if (isSystemError(error) && error.code === "ENOTDIR") throw new OmniError("usage.invalid", `${folder} is no folder; name another place with --dir. Nothing was made.`);
    throw toDenied(folder, error);
  });
  if (entries.length > 0) throw new OmniError("usage.invalid", `${folder} is there already and not empty; take another name, or another place with --dir. Nothing was made.`);
}

async function write(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    throw toDenied(path, error);
  }
}

function toDenied(path: string, cause: unknown): OmniError {
  return new OmniError("files.denied", `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}. Name another place with --dir.`, { cause });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
