import { constants } from "node:fs";
import { access, chmod, mkdir, stat } from "node:fs/promises";
import { sep } from "node:path";
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
    await mkdir(paths.home, { recursive: true, mode: 0o700 });
    await mkdir(paths.state, { recursive: true, mode: 0o700 });
    if (isOpenToOthers((await stat(paths.state)).mode)) await chmod(paths.state, 0o700);
    if (paths.workspace.startsWith(paths.home + sep)) await mkdir(paths.workspace, { recursive: true, mode: 0o700 });
    await access(paths.home, constants.W_OK);
    await access(paths.state, constants.W_OK);
  } catch (error) {
    throw new OmniError("home.unwritable", `The home ${paths.home} cannot be used (${toCode(error)}); mend its rights, or name another with --home or OMNI_HOME.`, { cause: error });
  }
  const { mode } = await stat(paths.home);
  return isOpenToOthers(mode) ? [`The home ${paths.home} can be read by others; close it with: chmod 700 ${JSON.stringify(paths.home)}`] : [];
}

function isOpenToOthers(mode: number): boolean {
  return process.platform !== "win32" && (mode & 0o077) !== 0;
}
