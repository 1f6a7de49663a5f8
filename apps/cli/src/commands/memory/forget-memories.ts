import { OmniError } from "@omni/core";
import type { CommandBody } from "../../command-spec.ts";
import { confirmErasing } from "../../confirm-erasing.ts";
import { exitCodes } from "../../exit-codes.ts";
import { toMemoriesTable } from "../../render/memory-text.ts";
import { toMemoryView } from "./memory-view.ts";
import { withMemory } from "./with-memory.ts";

/** `omni memory forget`: shown and asked for, or meant by the flag. Nothing is forgotten where one of the ids is not known. */
export const forgetMemories: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory }) => {
    const { terminal } = context;
    const ids = [...new Set(call.operands)];
    const known = await memory.get?.(ids);
    if (known !== undefined && known.length < ids.length) throw noMemory(ids.filter((id) => !known.some((each) => each.id === id)));
    if (!call.has("yes")) {
      if (known !== undefined && terminal.errors.isTerminal) await terminal.errors.write(toMemoriesTable(known.map(toMemoryView), terminal.errors.columns));
      if (!(await confirmErasing(`Forget ${ids.length === 1 ? "this memory" : `these ${ids.length} memories`} for good? [y]es / [n]o: `, terminal))) {
        await terminal.errors.write("Nothing was forgotten.\n");
        return exitCodes.failed;
      }
    }
    const forgotten = await memory.forget(ids);
    if (forgotten === 0) throw noMemory(ids);
    if (call.has("json")) await terminal.output.write(`${JSON.stringify({ forgotten, ids })}\n`);
    else await terminal.errors.write(`${forgotten === 1 ? "1 memory was" : `${forgotten} memories were`} forgotten.\n`);
    return exitCodes.done;
  });

function noMemory(ids: readonly string[]): OmniError {
  const shown = ids.slice(0, 3).map((id) => JSON.stringify(id.slice(0, 80))).join(", ");
  return new OmniError("usage.invalid", `There is no memory ${shown}${ids.length > 3 ? ` and ${ids.length - 3} more` : ""}, and nothing was forgotten; omni memory list and search show ids.`);
}
