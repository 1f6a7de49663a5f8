import { open, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OmniError } from "@omni/core";
import { toCode } from "./config-text.ts";

/**
 * Replaces or makes a file of Omni's own whole: a crash leaves the old or the
 * new one, never half of it. The file is readable by its owner only. A link
 * is followed, so that a configuration kept elsewhere stays there. Throws
 * `home.unwritable`.
 */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.getBuiltinModule("node:crypto").randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw new OmniError("home.unwritable", `${path} cannot be written (${toCode(error)}); mend the folder's rights, free some space, or name another home with --home.`, { cause: error });
  }
}

/** Makes the renaming itself last through a power loss. Some file systems cannot; that is no error. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
