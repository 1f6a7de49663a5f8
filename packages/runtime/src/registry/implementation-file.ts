import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { UsePlace } from "./registry.ts";
import { findPackageEntry, toPackageSpecifier } from "./package-entry.ts";

/** True when a `use` is a path and not a name. */
export function isPathUse(use: string): boolean {
  return use.startsWith("./") || use.startsWith("../") || use.startsWith("~/") || use.startsWith("file:") || isAbsolute(use);
}

/**
 * The file a path or a package name leads to; undefined when there is none.
 * A path may name a file, or a folder with a package.json. A package is
 * looked for in home's `node_modules`, then in that of the current folder.
 * Throws an Error in words when the package is there and cannot be entered.
 */
export async function findImplementationFile(use: string, from: UsePlace): Promise<string | undefined> {
  if (isPathUse(use)) {
    const path = toAbsolute(use, from.configDir);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) return findPackageEntry(path, ".");
    return found?.isFile() === true ? path : undefined;
  }
  const specifier = toPackageSpecifier(use);
  if (specifier === undefined) return undefined;
  for (const folder of new Set([from.home, from.cwd])) {
    const entry = await findPackageEntry(join(folder, "node_modules", specifier.name), specifier.subpath);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function toAbsolute(use: string, configDir: string): string {
  if (use.startsWith("file:")) return fileURLToPath(use);
  if (use.startsWith("~/")) return join(homedir(), use.slice(2));
  return resolve(configDir, use);
}
