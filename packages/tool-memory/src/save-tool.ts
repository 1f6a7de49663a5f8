import type { Tool, ToolContext } from "@omni/core";
import type { MemoryToolParts } from "./create-memory-tool.ts";
import { toFailedResult } from "./failed-result.ts";

/** `memory.save`: keeps a fact or an experience. Its id comes from the call's key, so the same call again keeps nothing more. */
export function createSaveTool({ memory, clock, options }: MemoryToolParts): Tool {
  return {
    name: "memory.save",
    description: "Keeps something in long-term memory so that later turns can find it: a fact about the person or their work, or an experience of what helped or failed. Write it so that it can be understood alone, with names and dates.",
    inputSchema: {
      type: "object",
      properties: {
        text: { type: "string", minLength: 1, description: "What to remember, in full sentences." },
        kind: { type: "string", enum: ["fact", "episode"], description: "fact for what is so, episode for an experience: what was tried and how it went. Default fact." },
      },
      required: ["text"],
      additionalProperties: false,
    },
    annotations: { title: "Save to memory", readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    effect: "keyed",
    action: () => ({ kind: "write" }),
    async execute(input, context) {
      const text = String(input["text"]).toWellFormed().trim();
      if (text === "") return toFailedResult("The text is blank, and nothing was saved. Give what is to be remembered.");
      if (text.length > options.savedCharacters) return toFailedResult(`The text has ${text.length} characters and a memory at most ${options.savedCharacters}; nothing was saved. Save the facts in it one by one, or write it to a file.`);
      const id = await toId(context);
      context.signal.throwIfAborted();
      // What a model saves may come from anywhere it has read, so it is not trusted.
      const source = { sessionId: context.sessionId, turnId: context.turnId, trusted: false };
      const kept = await memory.store({ id, kind: input["kind"] === "episode" ? "episode" : "fact", text, at: clock.now(), source, scope: context.keepIn });
      return { content: [{ type: "text", text: `Saved as ${kept}. It can be found with memory.search and removed with memory.forget.` }], structuredContent: { id: kept } };
    },
  };
}

/** The same for the same call of the same session, and nobody else's. */
async function toId({ sessionId, idempotencyKey }: ToolContext): Promise<string> {
  const { createHash } = await import("node:crypto");
  return `saved-${createHash("sha256").update(JSON.stringify([sessionId, idempotencyKey])).digest("hex").slice(0, 24)}`;
}
