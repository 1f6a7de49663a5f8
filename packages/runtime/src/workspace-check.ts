import { stat } from "node:fs/promises";
import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";

/** How long a folder that was seen is taken to be there still, in milliseconds: a look costs more than most of what else a message does. */
const seenMs = 1_000;

/** Most folders remembered. */
const mostSeen = 64;

/** Makes the check that a message's workspace is a folder. It throws `workspace.not-found`. */
export function createWorkspaceCheck(clock: Clock): (workspace: string) => Promise<void> {
  const seen = new Map<string, number>();
  return async (workspace) => {
    const before = seen.get(workspace);
    if (before !== undefined && clock.monotonic() - before < seenMs) return;
    seen.delete(workspace);
    const found = await stat(workspace).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new OmniError("workspace.not-found", `The workspace ${workspace} does not exist or is no folder; make it, or name another with --workspace.`);
    seen.set(workspace, clock.monotonic());
    const oldest = seen.size > mostSeen ? seen.keys().next().value : undefined;
    if (oldest !== undefined) seen.delete(oldest);
  };
}
