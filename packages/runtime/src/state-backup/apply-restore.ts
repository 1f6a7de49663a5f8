import { mkdir, open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Host, HostPaths, Store } from "@omni/core";
import type { Keepers } from "./keepers.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { configFiles, isAbsent, pageFile, skillsFolder } from "./home-files.ts";
import { moveNew, syncFolder } from "./place-file.ts";
import { toRecordPath } from "./restore-record.ts";

/** The document of a store that names the restore it came from. */
const mark = { kind: "restore", id: "last" } as const;

/** What a restore is applied with. */
export interface ApplyParts {
  readonly keepers: Keepers;
  readonly host: Pick<Host, "paths" | "random">;
  /** Told of each step that is done. */
  step?(name: string): void;
}

/**
 * Writes the record: from here on the restore is brought to its end, here or
 * by the next start. What comes back takes it back, for when nothing was
 * replaced: an earlier restore that was interrupted then has its record again.
 */
export async function writeRecord(record: RestoreRecord, { paths, random }: ApplyParts["host"]): Promise<() => Promise<void>> {
  const path = toRecordPath(paths.state);
  const earlier = await readFile(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  await replaceFile(path, Buffer.from(JSON.stringify(record)), random.id());
  return () => (earlier === undefined ? removeRecord(paths.state) : replaceFile(path, earlier, random.id()));
}

async function removeRecord(state: string): Promise<void> {
  await rm(toRecordPath(state), { force: true });
  await syncFolder(state);
}

/** Moves what is damaged away. What has been moved by an earlier try stays where it is, whatever has its name in the home by now; another start may be doing the same. */
export async function moveDamaged({ damaged }: RestoreRecord, state: string): Promise<void> {
  if (damaged === null) return;
  const target = join(state, damaged.folder);
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const name of damaged.names) {
    await moveNew(join(state, name), join(target, name)).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }
  await syncFolder(target);
  await syncFolder(state);
}

/** Marks a copy of a store as that of this restore: the mark comes into the home's store with everything else, in one transaction. */
export async function markCopy(store: Pick<Store, "putDocument">, folder: string): Promise<void> {
  await store.putDocument(mark.kind, mark.id, folder);
}

/**
 * Puts the unpacked backup in place. Each step is done or not done and may be
 * done again, and the record goes last: killed anywhere, the next start does
 * all of them once more, but for the store's where its mark shows it done:
 * others may have taken messages in since. The store goes first, because it
 * alone can refuse when somebody else is at work; nothing has been replaced then.
 */
export async function applyRestore(record: RestoreRecord, { keepers, host, step = () => undefined }: ApplyParts): Promise<void> {
  const { paths } = host;
  const folder = join(paths.state, record.folder);
  const last = await keepers.store.getDocument(mark.kind, mark.id);
  if (last?.value !== record.folder) await keepers.store.restore(join(folder, "state"));
  step("store");
  if (record.memory) await keepers.memory?.restore(join(folder, "state"));
  step("memory");
  if (record.files !== null) await placeHomeFiles(folder, record.files, { paths, id: host.random.id(), step });
  await removeRecord(paths.state);
  step("done");
  await rm(folder, { recursive: true, force: true });
}

interface Placing {
  readonly paths: HostPaths;
  /** Part of the names of temporary files. */
  readonly id: string;
  step(name: string): void;
}

/** Configuration and skills become those of the backup, also where it has none; a page is only ever replaced. */
async function placeHomeFiles(folder: string, files: readonly string[], { paths, id, step }: Placing): Promise<void> {
  const { home } = paths;
  for (const name of [...configFiles, pageFile]) {
    if (files.includes(name)) await replaceFile(join(home, name), await readFile(join(folder, name)), id);
    else if (name !== pageFile) await rm(join(home, name), { force: true });
    step(name);
  }
  const [from, to] = [join(folder, skillsFolder), join(home, skillsFolder)];
  const isPlaced = files.some((path) => path.startsWith(`${skillsFolder}/`)) && (await stat(from).catch(() => undefined)) === undefined;
  if (!isPlaced) {
    await rm(to, { recursive: true, force: true });
    step("old skills");
    await rename(from, to).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }
  await syncFolder(home);
  step(skillsFolder);
}

/** Replaces or makes a file whole, readable by its owner only. A link is followed, so that a configuration kept elsewhere stays there. */
async function replaceFile(path: string, bytes: Uint8Array, id: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const temporary = join(dirname(target), `.${basename(target)}.${id}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(target));
}

/** Names in a state folder that are no state: what restores and backups leave, and logs. */
const noState = /^(?:logs|compile-cache|restore\.json|(?:before-)?restore-.*|\..*)$/;

/** What there is in a state folder that a restore would replace, or has to put aside. */
export async function findState(state: string): Promise<readonly string[]> {
  return (await readdir(state)).filter((name) => !noState.test(name)).toSorted();
}

/** Removes folders that killed restores have left. For whoever holds the home. */
export async function removeLeftovers(state: string, kept: readonly (string | undefined)[]): Promise<void> {
  for (const name of await readdir(state)) {
    if (!kept.includes(name) && /^restore-[0-9A-Z]{26}$/.test(name)) await rm(join(state, name), { recursive: true, force: true });
  }
}
