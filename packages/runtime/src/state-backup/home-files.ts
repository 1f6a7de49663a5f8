import { chmod, copyFile, lstat, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HostPaths } from "@omni/core";
import { isMemberPath } from "./member-path.ts";

/** Configuration of a home, which a restore puts in place as a whole. */
export const configFiles: readonly string[] = ["omni.json", "mcp.json"];

/** The folder of skills in a home, and the page of its own workspace. */
export const skillsFolder = "skills";
export const pageFile = "workspace/MEMORY.md";

/** What of a home's files goes into a backup, and what cannot. */
export interface HomeFiles {
  /** Paths from the home, in order. */
  readonly paths: readonly string[];
  /** Links, devices, and files whose names not every system takes. */
  readonly leftOut: readonly string[];
}

/**
 * Finds the files of a home that cannot be made anew and are no state:
 * configuration, skills, and `MEMORY.md` of the home's own workspace. Another
 * workspace is the user's own folder. Links in `skills` are not followed;
 * a configuration that is one is.
 */
export async function findHomeFiles({ home, workspace }: HostPaths): Promise<HomeFiles> {
  const paths: string[] = [];
  const leftOut: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(home, folder), { withFileTypes: true }).catch(noneIfAbsent);
    for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else (entry.isFile() && isMemberPath(path) ? paths : leftOut).push(path);
    }
  };
  for (const name of configFiles) if ((await stat(join(home, name)).catch(undefinedIfAbsent))?.isFile() === true) paths.push(name);
  await walk(skillsFolder);
  if (workspace === join(home, "workspace") && (await lstat(join(home, pageFile)).catch(undefinedIfAbsent))?.isFile() === true) paths.push(pageFile);
  return { paths, leftOut };
}

/** Copies files of a home into a folder, each for its owner only. */
export async function copyHomeFiles(home: string, paths: readonly string[], folder: string): Promise<void> {
  for (const path of paths) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(join(home, path), target);
    await chmod(target, ((await stat(target)).mode & 0o100) === 0 ? 0o600 : 0o700);
  }
}

function noneIfAbsent(error: unknown): readonly never[] {
  if (isAbsent(error)) return [];
  throw error;
}

function undefinedIfAbsent(error: unknown): undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}

/** True for the error of a file that is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
