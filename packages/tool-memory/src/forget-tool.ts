import type { Memory, ScopeReference, Tool } from "@omni/core";
import type { MemoryToolParts } from "./create-memory-tool.ts";
import { toFailedResult } from "./failed-result.ts";

/** Memories looked at in one go where the memory cannot look an id up. */
const pageSize = 1_000;

/** `memory.forget`: removes one memory of the session, by its exact id. Done once: whether a lost call removed it is for a person to see. */
export function createForgetTool({ memory }: MemoryToolParts): Tool {
  return {
    name: "memory.forget",
    description: "Removes one memory for good, by the id that memory.search gives. Only what is kept where this session keeps its own can be removed.",
    inputSchema: {
      type: "object",
      properties: { id: { type: "string", minLength: 1, maxLength: 1_000, description: "The memory's exact id, from memory.search." } },
      required: ["id"],
      additionalProperties: false,
    },
    annotations: { title: "Forget a memory", readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    effect: "once",
    action: () => ({ kind: "write" }),
    async execute(input, context) {
      const id = String(input["id"]);
      context.signal.throwIfAborted();
      // `Memory.forget` knows no scopes, so whose the memory is has to be seen first.
      const isOwn = await hasMemory(memory, id, context.keepIn, context.signal);
      context.signal.throwIfAborted();
      const count = isOwn ? await memory.forget([id]) : 0;
      if (count === 0) return toFailedResult(`This session has no memory with the id ${JSON.stringify(id.slice(0, 200))}, and nothing was removed. Copy the id from memory.search.`);
      return { content: [{ type: "text", text: `Forgot ${id}.` }], structuredContent: { id } };
    },
  };
}

/** Whether a memory of this id is kept in this scope. */
async function hasMemory(memory: Memory, id: string, place: ScopeReference, signal: AbortSignal): Promise<boolean> {
  if (memory.get !== undefined) {
    const [found] = await memory.get([id]);
    return found?.scope.scope === place.scope && found.scope.owner === place.owner;
  }
  for (let offset = 0; ; offset += pageSize) {
    signal.throwIfAborted();
    const page = await memory.list({ scopes: [place], limit: pageSize, offset });
    if (page.some((episode) => episode.id === id)) return true;
    if (page.length < pageSize) return false;
  }
}
