import type { Tool } from "@omni/core";
import type { KeptOutputs } from "./kept-outputs.ts";
import { isContinuation, toWholeLength } from "./output-cleaner.ts";
import { toCount } from "./run-words.ts";

/** Bytes of a page when the call sets no limit, and most it may set. */
const pageBytes = 32_768;
const mostPageBytes = 262_144;

/** Bytes the longest character of UTF-8 has: a page holds one at least. */
const characterBytes = 4;

/** `shell.output`: a page of an output that was too long for a result. */
export function createOutputTool(kept: KeptOutputs): Tool {
  return {
    name: "shell.output",
    description: "Reads a part of the output of an earlier shell.run of this session that was too long to be given whole. The last line of that result names the id.",
    inputSchema: {
      type: "object",
      properties: {
        id: { type: "string", minLength: 1, description: "Id of the output, as shell.run told it." },
        offset: { type: "integer", minimum: 0, description: "Byte to begin at, from 0. Default 0." },
        limit: { type: "integer", minimum: 1, maximum: mostPageBytes, description: `Most bytes to read. Default ${pageBytes}.` },
      },
      required: ["id"],
      additionalProperties: false,
    },
    annotations: { title: "Page of a program's output", readOnlyHint: true, openWorldHint: true },
    action: () => ({ kind: "internal" }),
    async execute(input, context) {
      context.signal.throwIfAborted();
      const { id, offset, limit } = input;
      const from = typeof offset === "number" ? offset : 0;
      const range = { offset: from, limit: Math.max(characterBytes, typeof limit === "number" ? limit : pageBytes) };
      const page = await kept.read(typeof id === "string" ? id : "", context.sessionId, range);
      if (page === undefined) return toFailed("This session has no kept output of that id; only the latest are kept. Run the program again, with its output into a file.");
      if (page.bytes.length === 0) return toFailed(`The output has ${toCount(page.total)} bytes; offset ${from} is past its end.`);
      const { text, start, end } = toCharacters(page.bytes, from, page.total);
      const isAll = end >= page.total;
      const note = `[bytes ${toCount(start)}–${toCount(end - 1)} of ${toCount(page.total)}${isAll ? "" : `; go on with offset ${end}`}]`;
      return { content: [{ type: "text", text: `${text}${text.endsWith("\n") ? "" : "\n"}${note}` }] };
    },
  };
}

/** Whole characters of a page, and the bytes they are. */
function toCharacters(bytes: Uint8Array, from: number, total: number): { readonly text: string; readonly start: number; readonly end: number } {
  let first = 0;
  while (first < characterBytes - 1 && isContinuation(bytes[first])) first += 1;
  const rest = bytes.subarray(first);
  const length = from + bytes.length >= total ? rest.length : toWholeLength(rest);
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(rest.subarray(0, length)), start: from + first, end: from + first + length };
}

function toFailed(text: string): { readonly content: readonly [{ readonly type: "text"; readonly text: string }]; readonly isError: true } {
  return { content: [{ type: "text", text }], isError: true };
}
