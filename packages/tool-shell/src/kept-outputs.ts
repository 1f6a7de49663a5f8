import type { Host, RootedFiles } from "@omni/core";
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
}

const folder = "shell-outputs";

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
      await files.write(`${folder}/${id}/about.json`, JSON.stringify({ sessionId }));
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
      if ((await files.stat(`${folder}/${id}/about.json`))?.kind !== "file") return undefined;
      const about: unknown = JSON.parse(new TextDecoder().decode(await files.read(`${folder}/${id}/about.json`)));
      if (typeof about !== "object" || about === null || !("sessionId" in about) || about.sessionId !== sessionId) return undefined;
      const blocks = (await files.list(`${folder}/${id}`)).filter((entry) => entry.path.endsWith(".txt"));
      const total = blocks.reduce((sum, entry) => sum + entry.size, 0);
      return { bytes: await readBlocks(files, id, { offset, end: Math.min(total, offset + limit) }), total };
    },
  };
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

/** Removes the oldest outputs until a new one has room, also one as large as an output may be. Ids are in the order of time. */
async function removeOld(files: RootedFiles, options: Pick<ShellToolOptions, "keptCalls" | "keptBytes" | "callBytes">, host: Host): Promise<void> {
  if ((await files.stat(folder))?.kind !== "directory") return;
  const sizes = new Map<string, number>();
  for await (const entry of files.walk(folder, { depth: 2 })) {
    const id = entry.path.split("/")[1] ?? "";
    if (idForm.test(id)) sizes.set(id, (sizes.get(id) ?? 0) + entry.size);
  }
  const oldestFirst = [...sizes.keys()].sort();
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, options.callBytes);
  const isTooMuch = (removed: number): boolean => oldestFirst.length - removed >= options.keptCalls || bytes > options.keptBytes;
  const old: string[] = [];
  while (old.length < oldestFirst.length && isTooMuch(old.length)) {
    const id = oldestFirst[old.length] ?? "";
    old.push(id);
    bytes -= sizes.get(id) ?? 0;
  }
  if (old.length > 0) await remove(`${files.root}/${folder}`, old, host);
}

/** The host's files take nothing away, so a program does. The names are ids and the folder is ours. */
async function remove(cwd: string, ids: readonly string[], host: Host): Promise<void> {
  const removal = await host.spawn.start({ argv: ["rm", "-rf", "--", ...ids], cwd, env: { PATH: "/usr/bin:/bin" } }, { signal: new AbortController().signal });
  const { code } = await removal.exit;
  if (code !== 0) throw new Error(`rm ended with ${code}`);
}
