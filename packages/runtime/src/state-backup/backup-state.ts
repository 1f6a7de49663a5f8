import type { JsonValue } from "@omni/core";
import { OmniError } from "@omni/core";
import type { BackupWish, WrittenBackup } from "./write-backup.ts";
import type { Composition } from "../compose.ts";
import { openKeepers } from "./keepers.ts";
import { resumeRestore } from "./resume-restore.ts";
import { writeBackup } from "./write-backup.ts";

/** What a backup is made of, and how. */
export interface BackupOptions extends BackupWish, Composition {
  /** The program's version, for the manifest. */
  readonly version: string;
  /** This process, named to whoever makes another backup meanwhile. */
  readonly pid: number;
}

/** Writes a backup of a home into one file, in this process, also while a gateway runs. Throws `store.busy` while another backup of the home is being written; see `writeBackup`. */
export async function backUpState(options: BackupOptions): Promise<WrittenBackup> {
  const { config, host, version, pid } = options;
  await resumeRestore(options);
  const keepers = await openKeepers(options);
  try {
    const lock = await keepers.store.lock("backup", { pid });
    if (!lock.held) throw new OmniError("store.busy", `Another backup of this home is being written (pid ${toPid(lock.holder)}); wait for it.`, { retryable: true });
    return await writeBackup({ keepers, config, host, version }, options);
  } finally {
    await keepers.close();
  }
}

function toPid(holder: JsonValue): string {
  return typeof holder === "object" && holder !== null && "pid" in holder ? String(holder.pid) : "unknown";
}
