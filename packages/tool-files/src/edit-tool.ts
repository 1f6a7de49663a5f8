import type { JsonObject, Tool, ToolResult } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import type { Occurrence } from "./replace-text.ts";
import { decodeExactly } from "./decode-text.ts";
import { toEditSnippet, toLineNumbers } from "./edit-snippet.ts";
import { toNearestLine } from "./nearest-line.ts";
import { findOccurrences, replaceOccurrences, toPlainEnds } from "./replace-text.ts";
import { statFile } from "./stat-entry.ts";
import { toPath, toText } from "./tool-input.ts";
import { toFailedResult, toQuantity, toSize, toTextResult } from "./tool-output.ts";

/** Line numbers that are written out in a message. */
const mostNumbers = 20;

/** Places counted of a text that should be unique. */
const mostPlaces = 1_000;

/** `files.edit`: replaces text in a file. Made once: after a lost result the text may be there or not, so it is not repeated by itself. */
export function createEditTool({ host, options }: FilesToolParts): Tool {
  return {
    name: "files.edit",
    description: "Replaces a piece of text in a file. The old text must occur exactly once, unless all is true. Line ends, byte order mark and everything else stay as they are.",
    inputSchema: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "File to change, relative to the workspace." },
        old: { type: "string", description: "Text to replace, copied exactly from the file, blanks included; take enough lines to make it unique." },
        new: { type: "string", description: "Text to put in its place; empty removes the old text." },
        all: { type: "boolean", description: "Replace every place where the old text occurs. Default false." },
      },
      required: ["path", "old", "new"],
      additionalProperties: false,
    },
    annotations: { title: "Edit a file", readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    action: (input) => ({ kind: "write", paths: [toPath(input)] }),
    async execute(input, context) {
      const problem = toProblem(input);
      if (problem !== undefined) return toFailedResult(problem);
      const files = host.files.within(context.workspace, context.guard);
      const found = await statFile(files, toText(input, "path"));
      if ("failure" in found) return found.failure;
      const { path, size } = found.entry;
      if (size > options.editBytes) return toFailedResult(`${path} has ${toSize(size)}; files.edit changes files of at most ${toSize(options.editBytes)}. Use a program for it.`);
      const bytes = await files.read(path);
      const text = decodeExactly(bytes);
      if (text === undefined || bytes.subarray(0, 8_192).includes(0)) return toFailedResult(`${path} is not UTF-8 text, and an edit would damage its other bytes. Nothing was changed.`);
      const isAll = input["all"] === true;
      const places = findOccurrences(text, toText(input, "old"), isAll ? "every" : "unique", isAll ? Infinity : mostPlaces);
      const chosen = choosePlaces(path, text, places, input);
      if ("failure" in chosen) return chosen.failure;
      context.signal.throwIfAborted();
      await files.write(path, replaceOccurrences(text, chosen.places, toText(input, "new").toWellFormed()));
      return toTextResult(`Edited ${path} at ${toNumbers(toLineNumbers(text, chosen.places))}.\n${toEditSnippet(text, chosen.places, toText(input, "new"))}`);
    },
  };
}

function toProblem(input: JsonObject): string | undefined {
  const old = toPlainEnds(toText(input, "old"));
  if (old === "") return "old is empty, which stands everywhere. Copy the text to replace from the file; to make or replace a whole file use files.write.";
  if (old === toPlainEnds(toText(input, "new"))) return "old and new are the same text, so there is nothing to change (line ends are kept as the file has them). Give the new text that you want.";
  return undefined;
}

/** Where to replace, or the result that says why not: the old text does not occur, or more than once. */
function choosePlaces(path: string, text: string, places: readonly Occurrence[], input: JsonObject): { readonly places: readonly Occurrence[] } | { readonly failure: ToolResult } {
  if (places.length === 0) return { failure: toFailedResult(`The old text does not occur in ${path}, and nothing was changed. ${toHint(text, toText(input, "old"))}`) };
  if (input["all"] === true || places.length === 1) return { places };
  const where = toNumbers(toLineNumbers(text, places));
  return { failure: toFailedResult(`The old text occurs ${places.length === mostPlaces ? "at least " : ""}${toQuantity(places.length, "time")} in ${path}, at ${where}, and nothing was changed. Take more of the lines around it to make it unique, or set all to true.`) };
}

function toHint(text: string, old: string): string {
  const near = toNearestLine(text, old);
  if (near === undefined) return "Read the file again and copy the text from it exactly.";
  const why = near.isSameWords ? "has its first words, so blanks or a later line differ" : "is the nearest";
  return `Line ${near.number} ${why}:\n${near.text}\nRead the file again from there and copy the text exactly.`;
}

function toNumbers(numbers: readonly number[]): string {
  if (numbers.length === 1) return `line ${numbers[0] ?? 1}`;
  const shown = numbers.slice(0, mostNumbers).join(", ");
  const left = numbers.length - mostNumbers;
  return `lines ${shown}${left > 0 ? ` and ${toQuantity(left, "more place")}` : ""}`;
}
