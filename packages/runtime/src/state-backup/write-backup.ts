import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Host } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { BackupManifest, BackupPart } from "./manifest.ts";
import type { Config } from "../config/config.ts";
import type { Keepers } from "./keepers.ts";
import { backupFormat, mostMembers } from "./manifest.ts";
import { copyHomeFiles, findHomeFiles, skillsFolder } from "./home-files.ts";
import { placeFile, refuseExisting } from "./place-file.ts";
import { toMember, writeArchive } from "./write-archive.ts";

/** Most times that store and memory are copied; again because something was carried from one into the other meanwhile. */
const mostTries = 4;

/** Documents of the store that say what of it the memory has taken in. */
const carriedKinds: readonly string[] = ["consolidation", "memory-page"];

/** What a backup is written from. */
export interface BackupSource {
  readonly keepers: Keepers;
  readonly config: Config;
  readonly host: Host;
  /** The program's version, for the manifest. */
  readonly version: string;
}

/** How a backup is written. */
export interface BackupWish {
  /** Absolute path of the file. */
  readonly file: string;
  /** Whether one that is there may be replaced. */
  readonly force: boolean;
  /** Stops it; nothing is left then. */
  readonly signal: AbortSignal;
  /** Says what is being done, for people. */
  tell(step: string): void;
}

/** What was written. */
export interface WrittenBackup {
  readonly manifest: BackupManifest;
  /** Size of the file. */
  readonly bytes: number;
  /** Files of the home that belong there and could not be taken. */
  readonly leftOut: readonly string[];
}

/**
 * Writes everything of a home that cannot be made anew into one file, while
 * others go on working. All is gathered in a folder beside the file, which
 * gets its name when it is whole and on disk: a kill or a full disk leaves no
 * half file of that name. Throws `usage.invalid` for a file that is there or
 * cannot be written, `files.full`, and what the parts throw.
 */
export async function writeBackup(source: BackupSource, wish: BackupWish): Promise<WrittenBackup> {
  const { file, force, signal } = wish;
  if (!force) await refuseExisting(file);
  const beside = join(dirname(file), `.${basename(file)}.${source.host.random.id()}.part`);
  try {
    await removeLeftovers(file);
    const folder = join(beside, "home");
    await mkdir(join(folder, "state"), { recursive: true, mode: 0o700 });
    const { manifest, leftOut } = await gather(source, folder, wish);
    wish.tell("packing");
    const archive = join(beside, "archive");
    await writeArchive(archive, folder, manifest, signal);
    const { size: bytes } = await stat(archive);
    await placeFile(archive, file, force);
    return { manifest, bytes, leftOut };
  } catch (error) {
    signal.throwIfAborted();
    throw isOmniError(error) ? error : toWriteError(error, file);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** What a killed backup of this file has left beside it. */
async function removeLeftovers(file: string): Promise<void> {
  for (const name of await readdir(dirname(file))) {
    const isLeft = name.startsWith(`.${basename(file)}.`) && /^\.[0-9A-Z]{26}\.part$/.test(name.slice(basename(file).length + 1));
    if (isLeft) await rm(join(dirname(file), name), { recursive: true, force: true });
  }
}

async function gather(source: BackupSource, folder: string, { signal, tell }: BackupWish): Promise<{ readonly manifest: BackupManifest; readonly leftOut: readonly string[] }> {
  const { config, host, version } = source;
  const { store, memory } = await copyKept(source, folder, { signal, tell });
  const { paths, leftOut } = await findHomeFiles(config.paths);
  const all = [...paths, ...store.files, ...(memory?.files ?? [])];
  if (all.length > mostMembers) throw new OmniError("usage.invalid", `A backup takes ${mostMembers} files, and with ${skillsFolder}/ there are ${all.length}; take what is no skill out of it.`);
  await copyHomeFiles(config.paths.home, paths, folder);
  tell("computing checksums");
  const members = [];
  for (const path of all) members.push(await toMember(folder, path, signal));
  return { manifest: { format: backupFormat, omni: version, createdAt: new Date(host.clock.now()).toISOString(), store, memory, members }, leftOut };
}

/**
 * Copies the memory first, then the store. Whatever the memory holds came out
 * of turns that the store had before, so this way round no memory refers to a
 * turn that the copy has not. The other way to be out of step is that turns
 * were carried into the memory between the two: the store would say that they
 * are, and the memory lack them for good. Then both are copied again, the last
 * time the other way round: the memory then has all that the store says was
 * carried into it, and maybe more, of which the store does not know yet. That
 * is carried again one day, and is stored once, for its ids follow from its
 * turns; what came of a turn that the copy has not, or not to its end, stays.
 */
async function copyKept({ keepers, config }: BackupSource, folder: string, { signal, tell }: Pick<BackupWish, "signal" | "tell">): Promise<{ readonly store: BackupPart; readonly memory: BackupPart | null }> {
  const state = join(folder, "state");
  const copy = async (name: "store" | "memory", again: string): Promise<readonly string[]> => {
    const before = await readdir(state);
    tell(`copying the ${name}${again}`);
    await keepers[name]?.backup(state);
    signal.throwIfAborted();
    return (await readdir(state)).filter((each) => !before.includes(each)).map((each) => `state/${each}`);
  };
  const toParts = (store: readonly string[], memory: readonly string[]): { readonly store: BackupPart; readonly memory: BackupPart | null } => ({
    store: { use: config.store.use, files: store },
    memory: config.memory === false ? null : { use: config.memory.use, files: memory },
  });
  if (keepers.memory === undefined) return toParts(await copy("store", ""), []);
  for (let tries = 1; tries < mostTries; tries += 1) {
    const before = await toCarried(keepers.store);
    const memory = await copy("memory", tries === 1 ? "" : " again, for turns were carried into it meanwhile");
    const store = await copy("store", "");
    if ((await toCarried(keepers.store)) === before) return toParts(store, memory);
    for (const name of await readdir(state)) await rm(join(state, name), { recursive: true });
  }
  const store = await copy("store", " before the memory, for turns are carried into that all the time");
  return toParts(store, await copy("memory", ""));
}

async function toCarried(store: Keepers["store"]): Promise<string> {
  return JSON.stringify(await Promise.all(carriedKinds.map((kind) => store.listDocuments(kind))));
}

function toWriteError(error: unknown, file: string): OmniError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why = error instanceof Error ? error.message : String(error);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return new OmniError("files.full", `There is no space left to write ${file}; nothing of it was left. Free some space, or name a file on another disk.`, { cause: error });
  return new OmniError("usage.invalid", `${file} cannot be written (${why}); name another file.`, { cause: error });
}
