import { link, lstat, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { OmniError } from "@omni/core";

/** Codes of file systems that have no links, and of folders, which have none anywhere. */
const linkless: ReadonlySet<unknown> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"]);

/** Codes of names that something has; of a folder that is moved onto one with something in it, the second. */
const taken: ReadonlySet<unknown> = new Set(["EEXIST", "ENOTEMPTY"]);

/** Gives a whole file its name, which then lasts. Where there is one of that name it is replaced in one step, or `usage.invalid` is thrown. */
export async function placeFile(file: string, name: string, mayReplace: boolean): Promise<void> {
  if (mayReplace) await rename(file, name);
  else if (!(await moveNew(file, name))) throw isThere(name);
  await syncFolder(dirname(name));
}

/**
 * Moves a file or folder to a name that nothing has; false where something
 * has it, whoever made that at this very moment: it stays as it is, and so
 * does what was to be moved. A file that was killed in the middle of being
 * moved has both names, and loses the old one here. Throws `ENOENT` for what
 * is not there.
 */
export async function moveNew(file: string, name: string): Promise<boolean> {
  try {
    // A link never replaces anything.
    await link(file, name);
  } catch (error) {
    const code = toCode(error);
    if (linkless.has(code)) return renameNew(file, name);
    if (code !== "EEXIST") throw error;
    if (!(await isSame(file, name))) return false;
  }
  await unlink(file);
  return true;
}

/** The same in two steps, between which somebody may make something of that name. */
async function renameNew(file: string, name: string): Promise<boolean> {
  if ((await lstat(name).catch(() => undefined)) !== undefined) return false;
  try {
    await rename(file, name);
    return true;
  } catch (error) {
    if (taken.has(toCode(error))) return false;
    throw error;
  }
}

/** True for two names of one file. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => lstat(path, { bigint: true })));
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}

function toCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Throws `usage.invalid` where there is something of this name. */
export async function refuseExisting(name: string): Promise<void> {
  if ((await lstat(name).catch(() => undefined)) !== undefined) throw isThere(name);
}

function isThere(name: string): OmniError {
  return new OmniError("usage.invalid", `${name} is there already, and was left as it is; name another file, or add --force to replace it.`);
}

/** Makes new names in a folder survive power loss. Some file systems cannot; that is no error. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
