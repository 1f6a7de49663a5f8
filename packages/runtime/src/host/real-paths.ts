import { realpath } from "node:fs/promises";
import type { HostPaths } from "@omni/core";

/** Where the folders of a home really lie, links resolved; one that is not there yet keeps its name. */
export async function toRealPaths({ home, state, workspace }: HostPaths): Promise<HostPaths> {
  const [realHome, realState, realWorkspace] = await Promise.all([home, state, workspace].map((path) => realpath(path).catch(() => path)));
  return { home: realHome ?? home, state: realState ?? state, workspace: realWorkspace ?? workspace };
}
