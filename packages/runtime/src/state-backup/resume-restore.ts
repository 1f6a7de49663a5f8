import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OmniError } from "@omni/core";
import type { Composition } from "../compose.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { findRestore } from "./restore-record.ts";

/**
 * Brings a restore to its end that was interrupted after it had begun to
 * replace; for every start, before anything of the home is used. Throws
 * `home.held` while the process that restores still lives, and `store.busy`
 * where the configuration that this start has read was replaced meanwhile, or
 * where this program has no part of what is to be restored.
 */
export async function resumeRestore(composition: Composition): Promise<void> {
  const { host, config } = composition;
  const { paths } = host;
  const record = await findRestore(paths.state);
  if (record === undefined) return;
  const [{ openKeepers }, { applyRestore, moveDamaged }, { holdHome }] = await Promise.all([import("./keepers.ts"), import("./apply-restore.ts"), import("../hold-home.ts")]);
  if (record.memory && config.memory === false) throw new OmniError("store.busy", "A restore of this home was interrupted; omni run, agent or gateway goes on with it.", { retryable: true });
  await moveDamaged(record, paths.state);
  const keepers = await openKeepers(composition);
  let isOtherConfig = false;
  try {
    await holdHome({ pid: process.pid }, keepers.store, host);
    // Whoever held the home until now may have brought it to its end.
    if ((await findRestore(paths.state)) !== undefined) {
      isOtherConfig = await differs(record, composition);
      await applyRestore(record, { keepers, host });
      host.log.info("a restore that was interrupted was brought to its end");
    }
  } finally {
    await keepers.close();
  }
  if (isOtherConfig) throw new OmniError("store.busy", "A restore that was interrupted was brought to its end just now, and this start had read the configuration of before; start again.", { retryable: true });
}

/** Whether the files of the configuration are not those of the backup yet. */
async function differs({ files, folder }: RestoreRecord, { host: { paths } }: Composition): Promise<boolean> {
  if (files === null) return false;
  const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
  for (const name of ["omni.json", "mcp.json"]) {
    const wanted = files.includes(name) ? await read(join(paths.state, folder, name)) : "";
    if (wanted !== (await read(join(paths.home, name)))) return true;
  }
  return false;
}
