import type { Episode, Memory, ScopeReference } from "@omni/core";
import type { CommandBody } from "../../command-spec.ts";
import { exitCodes } from "../../exit-codes.ts";
import { toGivenScopes } from "./given-scopes.ts";
import { toMemoryView } from "./memory-view.ts";
import { toMemoriesTable } from "../../render/memory-text.ts";
import { withMemory } from "./with-memory.ts";

/** Memories that a list shows where no limit is given. */
const defaultListed = 100;

/** Memories that are looked at in one go where only some count. */
const pageSize = 500;

/** `omni memory list`: the newest first, retired ones too. */
export const listMemories: CommandBody = (call, context) =>
  withMemory(call, context, async ({ memory }) => {
    const { output, errors } = context.terminal;
    const scopes = await toGivenScopes(call, context, memory);
    const range = { offset: call.number("offset") ?? 0, limit: call.number("limit") ?? defaultListed };
    const kind = call.text("kind");
    const episodes = kind === undefined ? await memory.list({ scopes, ...range }) : await listOfKind(kind, scopes, range, memory);
    const memories = episodes.map(toMemoryView);
    if (call.has("json")) await output.write(`${JSON.stringify({ memories })}\n`);
    else if (memories.length === 0) await errors.write("Nothing is remembered here.\n");
    else await output.write(toMemoriesTable(memories, output.columns));
    return exitCodes.done;
  });

async function listOfKind(kind: string, scopes: readonly ScopeReference[], { offset, limit }: { readonly offset: number; readonly limit: number }, memory: Memory): Promise<readonly Episode[]> {
  const found: Episode[] = [];
  for (let start = 0; found.length < offset + limit; start += pageSize) {
    const page = await memory.list({ scopes, limit: pageSize, offset: start });
    found.push(...page.filter((episode) => episode.kind === kind));
    if (page.length < pageSize) break;
  }
  return found.slice(offset, offset + limit);
}
