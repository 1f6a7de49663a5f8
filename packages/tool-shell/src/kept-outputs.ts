import type { Host, RootedFiles, SpawnedProcess, SpawnRequest } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { ShellToolOptions } from "./shell-tool-options.ts";

/** Size of a file of a kept output, bytes; its last one may be shorter. */
export const blockBytes = 1_048_576;

/** An output that is being kept. */
export interface KeptOutput {
  readonly id: string;
  /** Adds the next block; every one but the last is `blockBytes` long. */
  write(block: Uint8Array): Promise<void>;
}

/** A part of a kept output. */
export interface KeptPage {
  readonly bytes: Uint8Array;
  /** Bytes of the whole output. */
  readonly total: number;
}

/** Long outputs on disk, each in a folder of the state. */
export interface KeptOutputs {
  /** A new output of a session, after old ones were removed to make room for it. */
  open(sessionId: string): Promise<KeptOutput>;
  /** Bytes of an output of this session; undefined where it has none of this id. */
  read(id: string, sessionId: string, range: { readonly offset: number; readonly limit: number }): Promise<KeptPage | undefined>;
  /** Removes every output of a session. Rejects where one is left. */
  forget(sessionId: string): Promise<void>;
}

const folder = "shell-outputs";

/** Says whose an output is. It is written first and removed last: what is there can always be found by its session. */
const aboutFile = "about.json";

/** An id as the host makes them: nothing else is ever a part of a path. */
const idForm = /^[0-9A-Z]{26}$/;

/** Keeps outputs below `host.paths.state`. A file is written whole and made to last before the next. */
export function createKeptOutputs(options: Pick<ShellToolOptions, "keptCalls" | "keptBytes" | "callBytes">, host: Host): KeptOutputs {
  const within = (): RootedFiles => host.files.within(host.paths.state);
  return {
    async open(sessionId) {
      const files = within();
      await removeOld(files, options, host).catch((error: unknown) => {
        host.log.warn("old outputs of programs could not be removed", { reason: error instanceof Error ? error.message : String(error) });
      });
      const id = host.random.id();
      await files.write(`${folder}/${id}/${aboutFile}`, JSON.stringify({ sessionId }));
      let written = 0;
      return {
        id,
        async write(block) {
          await files.write(toBlockPath(id, written), block);
          written += 1;
        },
      };
    },
    async read(id, sessionId, { offset, limit }) {
      if (!idForm.test(id)) return undefined;
      const files = within();
      if ((await readSession(files, id)) !== sessionId) return undefined;
      const blocks = (await files.list(`${folder}/${id}`)).filter((entry) => entry.path.endsWith(".txt"));
      const total = blocks.reduce((sum, entry) => sum + entry.size, 0);
      return { bytes: await readBlocks(files, id, { offset, end: Math.min(total, offset + limit) }), total };
    },
    async forget(sessionId) {
      const files = within();
      for (const id of await listIds(files)) if ((await readSession(files, id)) === sessionId) await remove(files, id, host);
    },
  };
}

/** Ids of all outputs, the oldest first: ids are in the order of time. */
async function listIds(files: RootedFiles): Promise<readonly string[]> {
  const names = ((await orNone(files.list(folder))) ?? []).map((entry) => entry.path.slice(folder.length + 1));
  return names.filter((name) => idForm.test(name)).sort();
}

/** Whose an output is; undefined where that is not told, or the output has just been removed. */
async function readSession(files: RootedFiles, id: string): Promise<string | undefined> {
  const bytes = await orNone(files.read(`${folder}/${id}/${aboutFile}`));
  if (bytes === undefined) return undefined;
  try {
    const about: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof about === "object" && about !== null && "sessionId" in about && typeof about.sessionId === "string" ? about.sessionId : undefined;
  } catch {
    return undefined;
  }
}

/** What is found; undefined where there is nothing of that path. */
async function orNone<Found>(found: Promise<Found>): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isOmniError(error) && error.code === "files.not-found") return undefined;
    throw error;
  }
}

async function readBlocks(files: RootedFiles, id: string, range: { readonly offset: number; readonly end: number }): Promise<Uint8Array> {
  const result = new Uint8Array(Math.max(0, range.end - range.offset));
  let filled = 0;
  while (filled < result.length) {
    const at = range.offset + filled;
    const part = await files.read(toBlockPath(id, Math.floor(at / blockBytes)), { offset: at % blockBytes, limit: result.length - filled });
    if (part.length === 0) break;
    result.set(part, filled);
    filled += part.length;
  }
  return result.subarray(0, filled);
}

function toBlockPath(id: string, index: number): string {
  return `${folder}/${id}/${String(index).padStart(6, "0")}.txt`;
}

/** Removes the oldest outputs until a new one has room, also one as large as an output may be. */
async function removeOld(files: RootedFiles, options: Pick<ShellToolOptions, "keptCalls" | "keptBytes" | "callBytes">, host: Host): Promise<void> {
  const oldestFirst = await listIds(files);
  const sizes = new Map<string, number>();
  for (const id of oldestFirst) sizes.set(id, ((await orNone(files.list(`${folder}/${id}`))) ?? []).reduce((sum, entry) => sum + entry.size, 0));
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, options.callBytes);
  const isTooMuch = (removed: number): boolean => oldestFirst.length - removed >= options.keptCalls || bytes > options.keptBytes;
  for (const [removed, id] of oldestFirst.entries()) {
    if (!isTooMuch(removed)) break;
    await remove(files, id, host);
    bytes -= sizes.get(id) ?? 0;
  }
}

/** Removes an output. The host's files take nothing away, so a program does. Rejects where something is left. */
async function remove(files: RootedFiles, id: string, host: Host): Promise<void> {
  const place = `${folder}/${id}`;
  const blocks = ((await orNone(files.list(place))) ?? []).map((entry) => entry.path.slice(folder.length + 1)).filter((name) => !name.endsWith(`/${aboutFile}`));
  // In two steps: what is left of the first is still under its session.
  for (const names of blocks.length === 0 ? [[id]] : [blocks, [id]]) {
    const removal = await startRemoval({ argv: ["rm", "-rf", "--", ...names], cwd: `${files.root}/${folder}`, env: { PATH: "/usr/bin:/bin" } }, host);
    const { code } = await removal.exit;
    if (code !== 0) throw new OmniError("files.denied", `The kept output ${place} could not be removed (rm ended with ${code}).`);
  }
  // A program that is contained may see another folder under this name.
  if ((await files.stat(place)) !== undefined) throw new OmniError("files.denied", `The kept output ${place} could not be removed.`);
}

/** Starts the program that removes. Where programs are contained the state of the home is hidden from them, so it is said what this one is to reach. */
async function startRemoval(request: SpawnRequest, host: Host): Promise<SpawnedProcess> {
  const { signal } = new AbortController();
  try {
    return await host.spawn.start(request, { signal, containment: { writable: [request.cwd], hidden: [], hosts: [] } });
  } catch (error) {
    // Nothing contains programs here, or not like this.
    if (!isOmniError(error) || error.code !== "sandbox.unavailable") throw error;
    return host.spawn.start(request, { signal });
  }
}
