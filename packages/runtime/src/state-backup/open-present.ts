import { join } from "node:path";
import { isOmniError, OmniError } from "@omni/core";
import type { Keepers } from "./keepers.ts";
import type { RestoreOptions } from "./restore-state.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { findHomeFiles } from "./home-files.ts";
import { findState, moveDamaged, removeLeftovers, writeRecord } from "./apply-restore.ts";
import { findRestore } from "./restore-record.ts";
import { holdHome } from "../hold-home.ts";
import { openKeepers } from "./keepers.ts";
import { writeBackup } from "./write-backup.ts";

/** The home as it is, held by this process, with a copy of what is in it. */
export interface PresentHome {
  readonly keepers: Keepers;
  /** The file or folder with what is there now; null where there is nothing. */
  readonly before: string | null;
  /** What was moved away because it could not be opened. */
  readonly damaged: RestoreRecord["damaged"];
}

/**
 * Opens the home's own store and memory, takes the home, and keeps what is
 * there: as a backup like any other, so that it can be restored in its turn.
 * What is damaged cannot be copied; where that was asked for (`force`) its
 * files are moved away as they are. Throws `home.held`.
 */
export async function openPresent(record: RestoreRecord, hadState: boolean, options: RestoreOptions): Promise<PresentHome> {
  const { host } = options;
  const { state } = host.paths;
  const name = `before-restore-${new Date(host.clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`;
  let keepers: Keepers | undefined;
  try {
    keepers = await hold(options);
    // A restore that was interrupted stays able to go on until the record of this one takes its place.
    const interrupted = await findRestore(state).catch(() => undefined);
    await removeLeftovers(state, [record.folder, interrupted?.folder]);
    const isEmpty = !hadState && (await findHomeFiles(host.paths)).paths.length === 0;
    const before = isEmpty ? null : join(state, `${name}.tar.gz`);
    if (before !== null) await keepPresent(before, keepers, options);
    return { keepers, before, damaged: null };
  } catch (error) {
    await keepers?.close();
    if (!isDamage(error)) throw error;
    return moveAway(record, name, error, options);
  }
}

async function hold(options: RestoreOptions): Promise<Keepers> {
  const keepers = await openKeepers(options);
  try {
    await holdHome({ pid: options.pid }, keepers.store, options.host);
    return keepers;
  } catch (error) {
    await keepers.close();
    throw error;
  }
}

async function keepPresent(file: string, keepers: Keepers, { config, host, version, signal, tell, step }: RestoreOptions): Promise<void> {
  tell(`keeping what is there now in ${file}`);
  await writeBackup({ keepers, config, host, version }, { file, force: false, signal, tell: () => undefined });
  step?.("kept");
}

function isDamage(error: unknown): error is OmniError {
  return isOmniError(error) && !error.retryable && (error.code === "store.corrupt" || error.code === "memory.failed");
}

/** Under the record, so that a kill in between does not leave a home that looks new. */
async function moveAway(record: RestoreRecord, folder: string, damage: OmniError, options: RestoreOptions): Promise<PresentHome> {
  const { host, force, tell, step } = options;
  const { state } = host.paths;
  if (!force) throw new OmniError(damage.code, `What the home holds now is damaged, so it cannot be kept as a backup; nothing was changed. Stop every Omni of this home and add --force: then its files are moved away as they are. (${damage.message})`, { cause: damage });
  const damaged = { names: await findState(state), folder };
  tell(`moving what is damaged to ${join(state, folder)}`);
  await writeRecord({ ...record, damaged }, host);
  step?.("recorded damage");
  await moveDamaged({ ...record, damaged }, state);
  step?.("moved");
  return { keepers: await hold(options), before: join(state, folder), damaged };
}
