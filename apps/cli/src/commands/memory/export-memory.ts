import type { FileHandle } from "node:fs/promises";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ExportedEpisode } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { CommandBody } from "../../command-spec.ts";
import type { Output } from "../../terminal.ts";
import { exitCodes } from "../../exit-codes.ts";
import { withMemory } from "./with-memory.ts";

/** `omni memory export`: a memory a line, the oldest stored first, on stdout or into a file that only its owner can read. */
export const exportMemory: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory, config }) => {
    const { output, errors } = context.terminal;
    const episodes = memory.export?.();
    if (episodes === undefined) throw new OmniError("usage.invalid", "This memory cannot be exported: what it is made of knows no way to.");
    const out = call.text("out");
    if (out === undefined) {
      await print(episodes, output);
      return exitCodes.done;
    }
    const path = resolve(config.cwd, out);
    const count = await writeAll(episodes, path);
    if (call.has("json")) await output.write(`${JSON.stringify({ exported: count, path })}\n`);
    else await errors.write(`${count === 1 ? "1 memory is" : `${count} memories are`} in ${path}.\n`);
    return exitCodes.done;
  });

async function print(episodes: AsyncIterable<ExportedEpisode>, output: Output): Promise<void> {
  for await (const episode of episodes) {
    if (output.failure !== undefined) return;
    await output.write(`${JSON.stringify(episode)}\n`);
  }
}

/** Writes beside the file and puts that in its place at the end: what was there before stays until all is written. Throws `usage.invalid` where it cannot be written. */
async function writeAll(episodes: AsyncIterable<ExportedEpisode>, path: string): Promise<number> {
  const beside = join(dirname(path), `.${basename(path)}.part`);
  try {
    await rm(beside, { force: true });
    const count = await write(episodes, await open(beside, "wx", 0o600));
    await rename(beside, path);
    return count;
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    if (isOmniError(cause)) throw cause;
    throw new OmniError("usage.invalid", `${path} cannot be written (${cause instanceof Error ? cause.message : String(cause)}); name another file.`, { cause });
  }
}

async function write(episodes: AsyncIterable<ExportedEpisode>, file: FileHandle): Promise<number> {
  let count = 0;
  try {
    for await (const episode of episodes) {
      await file.write(`${JSON.stringify(episode)}\n`);
      count += 1;
    }
    await file.sync();
    return count;
  } finally {
    await file.close();
  }
}
