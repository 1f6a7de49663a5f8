import { constants } from "node:fs";
import { access, chmod, mkdir, stat } from "node:fs/promises";
import { dirname, sep } from "node:path";
import type { HostPaths } from "@omni/core";
import { OmniError } from "@omni/core";
import { toCode } from "./config-text.ts";

/**
 * Makes a home ready to be used: the folder and its `state` for the owner
 * only, and home's own workspace. A workspace elsewhere is not made: it is the
 * user's. An existing home that others may read is left as it is and told in
 * the warnings returned; an existing `state` is closed to others. Throws
 * `home.unwritable`.
 */
export async function prepareHome(paths: HostPaths): Promise<readonly string[]> {
  try {
    await makeFolder(paths.home);
    await makeFolder(paths.state);
    if (isOpenToOthers((await stat(paths.state)).mode)) await chmod(paths.state, 0o700);
    if (paths.workspace.startsWith(paths.home + sep)) await makeFolder(paths.workspace);
    await access(paths.home, constants.W_OK);
    await access(paths.state, constants.W_OK);
  } catch (error) {
    throw new OmniError("home.unwritable", `The home ${paths.home} cannot be used (${toCode(error)}); mend its rights, or name another with --home or OMNI_HOME.`, { cause: error });
  }
  const { mode } = await stat(paths.home);
  return isOpenToOthers(mode) ? [`The home ${paths.home} can be read by others; close it with: chmod 700 ${JSON.stringify(paths.home)}`] : [];
}

/** Makes a folder and those above it, one by one: Node's own recursive way never ends below some of the system's folders. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = toCode(error);
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await access(dirname(path)).then(
      () => Promise.reject(error),
      () => makeFolder(dirname(path)),
    );
    await mkdir(path, { mode: 0o700 });
  }
}

function isOpenToOthers(mode: number): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}
