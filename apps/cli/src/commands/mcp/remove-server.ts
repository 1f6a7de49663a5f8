import { loadServerFiles } from "@omni/preset-default";
import type { CommandBody } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readEditedFile } from "./edited-file.ts";
import { toServerNames } from "./server-names.ts";
import { toUnknownServer } from "./effective-servers.ts";

/** `omni mcp servers remove`: takes one server out of its file; the rest of the file stays. */
export const removeServer: CommandBody = async (call, context) => {
  const { output, errors } = context.terminal;
  const name = call.operands[0] ?? "";
  const [files, file] = await Promise.all([loadServerFiles(), readEditedFile(call, context)]);
  const changed = file.text === "" ? "" : files.edit(file.text, file.path, name, undefined);
  if (changed === file.text) throw toUnknownServer(name, await toServerNames(files, file), file.path);
  await file.write(changed);
  if (call.has("json")) await output.write(`${JSON.stringify({ path: file.path, name, removed: true })}\n`);
  else await errors.write(`${name} is no longer in ${file.path}.\n`);
  return exitCodes.done;
};
