import { resolve } from "node:path";
import { backUpState, createRegistry } from "@omni/runtime";
import { table } from "@omni/preset-default";
import type { WrittenBackup } from "@omni/runtime";
import type { CommandBody } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { prepareCommand, tellWarnings } from "../../prepare-command.ts";
import { stoppable } from "./stoppable.ts";
import { toSize } from "../../render/size.ts";

/** `omni state backup`: in this process, beside whatever gateway runs. */
export const backUp: CommandBody = async (call, context) => {
  const { terminal, version } = context;
  const prepared = await prepareCommand(call, context);
  const { config, host } = prepared;
  const [given = ""] = call.operands;
  const file = resolve(config.cwd, given);
  const tell = (step: string): void => void (call.has("quiet") || terminal.errors.write(`${step}\n`));
  try {
    const made = await stoppable(terminal, (signal) => backUpState({ config, host, registry: createRegistry(table), file, force: call.has("force"), version, pid: terminal.pid, signal, tell }));
    await tellWarnings(prepared, call, context);
    for (const path of made.leftOut) await terminal.errors.write(`left out, for it is a link or no plain file: ${path}\n`);
    if (call.has("json")) await terminal.output.write(`${JSON.stringify(toAnswer(file, made))}\n`);
    else await terminal.errors.write(`${toSize(made.bytes)} in ${file}, readable by you only: it is as secret as ${config.paths.home}.\n`);
    return exitCodes.done;
  } finally {
    await host.close();
  }
};

function toAnswer(path: string, { bytes, manifest, leftOut }: WrittenBackup): object {
  const { createdAt, members } = manifest;
  return { path, bytes, createdAt, members, leftOut };
}
