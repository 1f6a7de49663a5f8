import { OmniError } from "@omni/core";
import { createMemoryPages, tendMemory } from "@omni/runtime";
import type { CommandBody } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { toDecisionsText } from "../../render/memory-text.ts";
import { toTurnSettings } from "../../turn-settings.ts";
import { withMemory } from "./with-memory.ts";

/** `omni memory tend`: what a runtime does by itself from time to time, now. */
export const tendMemoryNow: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory, runtime, config, host }) => {
    const { output } = context.terminal;
    const { workspace } = toTurnSettings(call, config);
    const pages = createMemoryPages({ memory, files: host.files, store: runtime.store, clock: host.clock, log: host.log });
    const tended = workspace === undefined ? undefined : await tendMemory([workspace], { memory, pages, store: runtime.store });
    if (tended === undefined) throw new OmniError("usage.invalid", "This memory has no gate: what it is made of neither forgets with time nor decides.");
    const { report, unwritten } = tended;
    const [failed] = unwritten.values();
    if (failed !== undefined) throw failed;
    const decisions = report.decisions.map(({ q, at, ...decision }) => ({ ...decision, utility: q, at: new Date(at).toISOString() }));
    if (call.has("json")) await output.write(`${JSON.stringify({ decayed: report.decayed, decisions })}\n`);
    else await output.write(toDecisionsText({ decayed: report.decayed, decisions }, output.columns));
    return exitCodes.done;
  });
