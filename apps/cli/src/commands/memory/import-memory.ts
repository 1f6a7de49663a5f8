import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { ExportedEpisode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { CommandBody, CommandContext } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readLines } from "../../line-reader.ts";
import { toExportedEpisode } from "./exported-episode.ts";
import { withMemory } from "./with-memory.ts";

/** Most bytes of one line: the longest memory there can be, every character of it escaped. */
const mostBytes = 33_554_432;

/** `omni memory import`: every line is looked at before the first is taken. */
export const importMemory: CommandBody = async (call, context) => {
  const [given = ""] = call.operands;
  const episodes = await readEpisodes(given, context);
  return withMemory(call, context, async ({ memory }) => {
    const { output, errors } = context.terminal;
    if (memory.import === undefined) throw new OmniError("usage.invalid", "This memory cannot take anything in: what it is made of knows no way to.");
    const imported = await memory.import(episodes);
    const known = episodes.length - imported;
    if (call.has("json")) await output.write(`${JSON.stringify({ imported, known })}\n`);
    else await errors.write(`${imported} of ${episodes.length} memories were new${known === 0 ? "" : "; those that were known stay as they are"}.\n`);
    return exitCodes.done;
  });
};

/** The memories of a file, or of stdin for `-`. Throws `usage.invalid` that names the first line that is none. */
async function readEpisodes(given: string, { terminal }: CommandContext): Promise<readonly ExportedEpisode[]> {
  const episodes: ExportedEpisode[] = [];
  let number = 0;
  try {
    for await (const line of readLines(given === "-" ? terminal.input : createReadStream(resolve(terminal.cwd(), given)), mostBytes)) {
      number += 1;
      const text = line.kind === "line" ? line.text.replace(/^\ufeff/, "") : undefined;
      if (text?.trim() === "") continue;
      episodes.push(text === undefined ? refuse(`it has more than ${mostBytes} bytes`) : toExportedEpisode(text));
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const isUnread = cause instanceof Error && "syscall" in cause;
    throw new OmniError("usage.invalid", isUnread ? `${given} cannot be read (${message}); nothing was taken in.` : `Line ${number} of ${given === "-" ? "stdin" : given} is no memory: ${message}. Nothing was taken in.`, { cause });
  }
  return episodes;
}

function refuse(message: string): never {
  throw new Error(message);
}
