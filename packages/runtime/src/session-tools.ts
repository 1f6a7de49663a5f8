import type { Store, Tool, Toolset } from "@omni/core";
import { toSource } from "@omni/agent";

/** Most characters of one page. */
const pageCharacters = 16_000;

/** Tools on the session itself: `session.page` reads what was too long for the prompt. */
export function createSessionTools(store: Pick<Store, "readText">): Toolset {
  const page: Tool = {
    name: "session.page",
    description: "Reads more of a long result or message that was cut, by the checkpointId given where it was cut.",
    inputSchema: {
      type: "object",
      properties: {
        checkpointId: { type: "string", description: "The id given where the text was cut." },
        offset: { type: "integer", minimum: 0, description: "First character to read, from 0." },
        limit: { type: "integer", minimum: 1, maximum: pageCharacters, description: `Most characters to read; ${pageCharacters} when absent.` },
      },
      required: ["checkpointId"],
      additionalProperties: false,
    },
    annotations: { title: "Page of a long text", readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    action: () => ({ kind: "internal" }),
    async execute(input, context) {
      const offset = typeof input["offset"] === "number" ? input["offset"] : 0;
      const limit = typeof input["limit"] === "number" ? input["limit"] : pageCharacters;
      const found = await store.readText(context.sessionId, String(input["checkpointId"]), { offset, limit });
      if (found === undefined) return { isError: true, content: [{ type: "text", text: "This session holds no text under that checkpointId." }] };
      const end = offset + found.text.length;
      const more = end < found.length ? `\n[characters ${offset} to ${end} of ${found.length}; go on with offset ${end}]` : `\n[end of the text, ${found.length} characters]`;
      const source = await readSource(context.sessionId, String(input["checkpointId"]), store);
      return { content: [{ type: "text", text: found.text + more }], ...(source === undefined ? {} : { foreignSource: source }) };
    },
  };
  return { owner: "session", trusted: true, tools: () => [page], onChange: () => () => undefined, close: async () => undefined };
}

/** Characters in which the opening of a frame ends, also with the longest name in it. */
const openingCharacters = 1_024;

/** Where the text comes from, when strangers wrote it: then each page of it stands in a frame as the whole did. */
async function readSource(sessionId: string, checkpointId: string, store: Pick<Store, "readText">): Promise<string | undefined> {
  const begin = await store.readText(sessionId, checkpointId, { offset: 0, limit: openingCharacters });
  return begin === undefined ? undefined : toSource(begin.text);
}
