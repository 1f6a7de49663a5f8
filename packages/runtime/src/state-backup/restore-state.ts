import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isOmniError, OmniError } from "@omni/core";
import type { BackupManifest } from "./manifest.ts";
import type { Composition } from "../compose.ts";
import type { Config } from "../config/config.ts";
import type { ConfigRequest } from "../config/config-request.ts";
import type { Keepers } from "./keepers.ts";
import type { Settled } from "./settle-copy.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { applyRestore, findState, markCopy, writeRecord } from "./apply-restore.ts";
import { findRestore } from "./restore-record.ts";
import { loadConfig } from "../config/load-config.ts";
import { openKeepers } from "./keepers.ts";
import { openPresent } from "./open-present.ts";
import { readArchive } from "./read-archive.ts";
import { settleCopy } from "./settle-copy.ts";

/** What a restore is made of, and how. */
export interface RestoreOptions extends Composition {
  /** What the configuration was made from, to see that the one in the backup can be used here. */
  readonly request: ConfigRequest;
  /** Absolute path of the backup. */
  readonly file: string;
  /** Leaves `omni.json`, `mcp.json`, skills and `MEMORY.md` of the home as they are. */
  readonly keepConfig: boolean;
  /** Puts what is damaged aside as it is, where it cannot be opened. Nobody may be using it. */
  readonly force: boolean;
  /** The program's version. */
  readonly version: string;
  /** This process, named to whoever wants the home meanwhile. */
  readonly pid: number;
  /** Stops it, as long as nothing was replaced. */
  readonly signal: AbortSignal;
  /** Says what is being done, for people. */
  tell(step: string): void;
  /** Told of each step that is done, for tests. */
  step?(name: string): void;
}

/** What was restored. */
export interface RestoredState {
  readonly manifest: BackupManifest;
  /** Where what was there before is now; null where there was nothing. */
  readonly before: string | null;
  readonly settled: Settled;
}

/** A backup that was unpacked and found whole. */
interface Unpacked {
  readonly manifest: BackupManifest;
  /** Name of its folder in the state folder. */
  readonly name: string;
}

/**
 * Puts a backup in the place of what a home holds. All of it is unpacked and
 * looked through before anything is touched; what was there before is kept.
 * Throws `home.held` while a gateway or another process uses the home,
 * `usage.invalid` for what is no whole backup of this configuration,
 * `store.newer`, `store.corrupt`, `files.full`; then nothing was changed.
 */
export async function restoreState(options: RestoreOptions): Promise<RestoredState> {
  const { host, file, signal, tell, step = () => undefined } = options;
  const { state } = host.paths;
  const hadState = (await findState(state)).length > 0;
  const name = `restore-${host.random.id()}`;
  const folder = join(state, name);
  try {
    await mkdir(folder, { mode: 0o700 });
    tell("unpacking and checking the backup");
    const manifest = await readArchive(file, folder, signal);
    const restored = await checkConfig(manifest, folder, options);
    step("unpacked");
    const channels = [options.config, restored].flatMap((config) => Object.keys(config.channels ?? {}));
    const settled = await prepareCopy(manifest, folder, { ...options, channels });
    step("checked");
    signal.throwIfAborted();
    const before = await replace({ manifest, name }, hadState, options);
    return { manifest, before, settled };
  } finally {
    if ((await findRestore(state).catch(() => undefined))?.folder !== name) await rm(folder, { recursive: true, force: true });
  }
}

/** The configuration that will be in force. The parts that keep things must be the same before and after: else the copy would go where nothing looks for it, or over what is not this home's. */
async function checkConfig({ store, memory }: BackupManifest, folder: string, { config, request, keepConfig }: RestoreOptions): Promise<Config> {
  const uses = [config.store.use, config.memory === false ? null : config.memory.use];
  const made = [store.use, memory?.use ?? null];
  if (!isDeepStrictEqual(uses, made)) throw otherParts(`the backup was made with store and memory ${toNames(made)}, and this home has ${toNames(uses)}`);
  if (keepConfig) return config;
  const restored = await loadConfig({ ...request, home: folder }).catch((error: unknown) => {
    if (!isOmniError(error)) throw error;
    throw new OmniError(error.code, `The configuration in the backup cannot be used here; nothing was changed. ${error.message} Or leave the home's own as it is with --keep-config.`, { cause: error });
  });
  if (!isDeepStrictEqual([restored.store, restored.memory], [config.store, config.memory])) throw otherParts("store or memory are set up otherwise in the omni.json of the backup");
  return restored;
}

function otherParts(why: string): OmniError {
  return new OmniError("usage.invalid", `This home keeps things elsewhere, or otherwise, than the backup does: ${why}. Nothing was changed. Put the omni.json that is to be in force into the home first (tar -xOf FILE omni.json shows that of the backup), then restore with --keep-config.`);
}

function toNames(uses: readonly (string | null)[]): string {
  return uses.map((use) => (use === null ? "turned off" : JSON.stringify(use))).join(" and ");
}

/** Opens the copies where they were unpacked, looks at every page of them, marks them, and settles what was under way. */
async function prepareCopy(manifest: BackupManifest, folder: string, options: RestoreOptions & { readonly channels: readonly string[] }): Promise<Settled> {
  const { config, channels, host, pid, tell } = options;
  const paths = { home: folder, state: join(folder, "state"), workspace: join(folder, "workspace") };
  const copied = { ...config, paths, store: { use: config.store.use, with: {} }, memory: config.memory === false ? (false as const) : { use: config.memory.use, with: {} } };
  tell("checking store and memory");
  let keepers: Keepers | undefined;
  try {
    keepers = await openKeepers({ ...options, config: copied, host: { ...host, paths } });
    for (const health of [await keepers.store.check(), await keepers.memory?.check?.()]) {
      if (health?.ok === false) throw new OmniError("store.corrupt", health.detail);
    }
    await markCopy(keepers.store, basename(folder));
    return await settleCopy(keepers.store, { host, channels, madeAt: manifest.createdAt, pid });
  } catch (error) {
    if (!isOmniError(error)) throw error;
    throw new OmniError(error.code, `What the backup holds cannot be used, and nothing was changed: ${error.message}`, { cause: error });
  } finally {
    await keepers?.close();
  }
}

/** Keeps the present state and puts the copy in its place; gives where the former is. */
async function replace(unpacked: Unpacked, hadState: boolean, options: RestoreOptions): Promise<string | null> {
  const record = toRecord(unpacked, options);
  const { keepers, before, damaged } = await openPresent(record, hadState, options);
  try {
    await commit({ ...record, damaged }, keepers, options);
    return before;
  } finally {
    await keepers.close();
  }
}

function toRecord({ manifest, name }: Unpacked, { keepConfig }: RestoreOptions): RestoreRecord {
  const files = manifest.members.map(({ path }) => path).filter((path) => !path.startsWith("state/"));
  return { folder: name, memory: manifest.memory !== null, files: keepConfig ? null : files, damaged: null };
}

/** From the record on it is brought to its end, here or by the next start. */
async function commit(record: RestoreRecord, keepers: Keepers, { host, signal, tell, step = () => undefined }: RestoreOptions): Promise<void> {
  signal.throwIfAborted();
  tell("replacing");
  const takeBack = await writeRecord(record, host);
  step("recorded");
  let isBegun = record.damaged !== null;
  const watch = (name: string): void => {
    isBegun = true;
    step(name);
  };
  try {
    await applyRestore(record, { keepers, host, step: watch });
  } catch (error) {
    if (!isBegun) await takeBack();
    if (!isBegun || !isOmniError(error)) throw error;
    throw new OmniError(error.code, `${error.message} The restore has begun, and the next start of Omni goes on with it.`, { cause: error });
  }
}
