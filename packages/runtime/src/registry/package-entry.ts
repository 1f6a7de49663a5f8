import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isJsonObject } from "../config/json-shape.ts";

/** Conditions under which a package is entered, as Node's own `import` would. */
const conditions: ReadonlySet<string> = new Set(["node", "import", "module-sync", "node-addons", "default"]);

/** A package name with an optional path into it: `omni-memory-x`, `@me/memory/fast`. */
export interface PackageSpecifier {
  readonly name: string;
  /** `.` or `./fast`. */
  readonly subpath: string;
}

/** Splits a package specifier; undefined where the text is none. */
export function toPackageSpecifier(text: string): PackageSpecifier | undefined {
  const match = /^((?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*)(\/[^\\]*)?$/i.exec(text);
  const name = match?.[1];
  if (name === undefined || (match?.[2] ?? "").split("/").includes("..")) return undefined;
  return { name, subpath: match?.[2] === undefined ? "." : `.${match[2]}` };
}

/**
 * The file by which a package folder is entered, undefined when there is no
 * such package. Node cannot resolve an `import` from another place than the
 * running file in all supported versions, so the part of its algorithm that
 * packages use is here: `exports` with conditions, lists and one `*`, else
 * `main`. Throws an Error in words when the package has no such entry.
 */
export async function findPackageEntry(folder: string, subpath: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest: unknown = JSON.parse(text);
  if (!isJsonObject(manifest)) throw new Error("its package.json is no object");
  const target = manifest["exports"] === undefined ? toLegacyTarget(manifest["main"], subpath) : toExportedTarget(manifest["exports"], subpath);
  if (target === undefined) throw new Error(`its package.json exports no ${JSON.stringify(subpath)}`);
  const file = join(folder, target);
  if (!file.startsWith(folder + sep)) throw new Error(`its entry ${JSON.stringify(target)} lies outside of it`);
  if ((await stat(file).catch(() => undefined))?.isFile() !== true) throw new Error(`its entry ${target} does not exist`);
  return realpath(file);
}

function toLegacyTarget(main: unknown, subpath: string): string {
  if (subpath !== ".") return subpath;
  return typeof main === "string" && main !== "" ? main : "index.js";
}

function toExportedTarget(exported: unknown, subpath: string): string | undefined {
  const isMap = isJsonObject(exported) && Object.keys(exported).some((key) => key.startsWith("."));
  if (!isMap) return subpath === "." ? toTarget(exported, "") : undefined;
  if (Object.hasOwn(exported, subpath) && !subpath.includes("*")) return toTarget(exported[subpath], "");
  for (const [pattern, target] of Object.entries(exported)) {
    const [before, after] = pattern.split("*");
    if (before === undefined || after === undefined) continue;
    if (subpath.startsWith(before) && subpath.endsWith(after) && subpath.length > before.length + after.length) {
      return toTarget(target, subpath.slice(before.length, subpath.length - after.length));
    }
  }
  return undefined;
}

function toTarget(target: unknown, star: string): string | undefined {
  if (typeof target === "string") return target.startsWith("./") ? target.replaceAll("*", star) : undefined;
  if (Array.isArray(target)) {
    for (const each of target) {
      const found = toTarget(each, star);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isJsonObject(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.has(condition)) continue;
    const found = toTarget(inner, star);
    if (found !== undefined) return found;
  }
  return undefined;
}
