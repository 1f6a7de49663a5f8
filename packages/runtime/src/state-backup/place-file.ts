import { link, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { OmniError } from "@omni/core";

/** Codes of file systems that have no links. */
const linkless: ReadonlySet<unknown> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"]);

/** Gives a whole file its name, which then lasts. Where there is one of that name it is replaced in one step, or `usage.invalid` is thrown. */
export async function placeFile(file: string, name: string, mayReplace: boolean): Promise<void> {
  if (mayReplace) await rename(file, name);
  else await placeNew(file, name);
  await syncFolder(dirname(name));
}

async function placeNew(file: string, name: string): Promise<void> {
  try {
    // A link never replaces anything, whoever else may make a file of that name at this moment.
    await link(file, name);
    await unlink(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") throw isThere(name);
    if (!linkless.has(code)) throw error;
    await refuseExisting(name);
    await rename(file, name);
  }
}

/** Throws `usage.invalid` where there is something of this name. */
export async function refuseExisting(name: string): Promise<void> {
  if ((await stat(name).catch(() => undefined)) !== undefined) throw isThere(name);
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
