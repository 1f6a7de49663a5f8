import type { CommandBody } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { toScopeName } from "./given-scopes.ts";
import { toStatsText } from "../../render/memory-text.ts";
import { withMemory } from "./with-memory.ts";

/** `omni memory stats`. */
export const showMemoryStats: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory, config }) => {
    const { output } = context.terminal;
    const [stats, scopes] = await Promise.all([memory.stats(), memory.scopes?.()]);
    const shown = { memory: config.memory === false ? "" : config.memory.use, widestScope: config.agent.memoryScope, ...stats, ...(scopes === undefined ? {} : { scopes: scopes.map(toScopeName) }) };
    if (call.has("json")) await output.write(`${JSON.stringify(shown)}\n`);
    else await output.write(toStatsText(shown));
    return exitCodes.done;
  });
