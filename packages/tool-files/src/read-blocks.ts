import type { RootedFiles } from "@omni/core";

/** Bytes read at a time, so that a file of any size is looked through in little memory. */
const blockBytes = 1_048_576;

/** The bytes of a file from its start, block by block. It ends at the first block that comes short; an aborted signal throws its reason. */
export async function* readBlocks(files: RootedFiles, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; ; offset += blockBytes) {
    signal.throwIfAborted();
    const block = await files.read(path, { offset, limit: blockBytes });
    if (block.length > 0) yield block;
    if (block.length < blockBytes) return;
  }
}
