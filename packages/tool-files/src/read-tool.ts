import type { FileEntry, JsonObject, RootedFiles, Tool, ToolContext, ToolResult } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import type { LineRange } from "./read-lines.ts";
import { decodeText } from "./decode-text.ts";
import { sniffBytes, toFileKind } from "./file-kind.ts";
import { readLines } from "./read-lines.ts";
import { statFile } from "./stat-entry.ts";
import { toPath, toText, toWhole } from "./tool-input.ts";
import { toCount, toFailedResult, toSize, toTextResult } from "./tool-output.ts";

/** `files.read`: a text file by lines, or a picture. */
export function createReadTool({ host, options }: FilesToolParts): Tool {
  return {
    name: "files.read",
    description: "Reads a file: text by lines, or a picture (PNG, JPEG, GIF, WebP). A long file comes in parts; the last line of the result says how to go on.",
    inputSchema: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "File to read, relative to the workspace." },
        offset: { type: "integer", minimum: 1, description: "Number of the first line to read, from 1. Default 1." },
        limit: { type: "integer", minimum: 1, description: `Number of lines to read. Default ${options.readLines}; at most ${options.resultBytes} bytes are given.` },
      },
      required: ["path"],
      additionalProperties: false,
    },
    annotations: { title: "Read a file", readOnlyHint: true, openWorldHint: false },
    action: (input) => ({ kind: "read", paths: [toPath(input)] }),
    async execute(input, context) {
      const files = host.files.within(context.workspace, context.guard);
      const found = await statFile(files, toText(input, "path"));
      if ("failure" in found) return found.failure;
      const head = await files.read(found.entry.path, { offset: 0, limit: sniffBytes });
      const kind = toFileKind(head);
      if (kind.kind === "image") return readImage(files, found.entry, kind.mimeType, options.imageBytes);
      if (kind.kind === "binary") return toFailedResult(`${found.entry.path} is ${kind.what} (${toSize(found.entry.size)}), not text that can be shown. Use a program that understands it.`);
      return readText(files, found.entry, input, { context, options });
    },
  };
}

async function readImage(files: RootedFiles, entry: FileEntry, mimeType: string, most: number): Promise<ToolResult> {
  if (entry.size > most) return toFailedResult(`${entry.path} is a picture (${mimeType}) of ${toSize(entry.size)}; at most ${toSize(most)} can be shown. Make it smaller first.`);
  const bytes = await files.read(entry.path, { offset: 0, limit: most });
  return {
    content: [
      { type: "text", text: `${entry.path}: ${mimeType}, ${toSize(entry.size)}` },
      { type: "image", data: Buffer.from(bytes).toString("base64"), mimeType },
    ],
  };
}

async function readText(
  files: RootedFiles,
  entry: FileEntry,
  input: JsonObject,
  given: { readonly context: ToolContext; readonly options: FilesToolParts["options"] },
): Promise<ToolResult> {
  const request = { path: entry.path, first: toWhole(input, "offset", 1), lines: toWhole(input, "limit", given.options.readLines), maxBytes: given.options.resultBytes };
  const range = await readLines(files, request, given.context.signal);
  if (range.total === 0 && request.first === 1) return toTextResult(`[${entry.path} is empty]`);
  if (range.last < range.first) return toFailedResult(`${entry.path} has ${toCount(range.total ?? 0)} lines; offset ${request.first} is past its end. Use an offset from 1 to ${Math.max(1, range.total ?? 1)}.`);
  const { text, notes } = decodeText(range.bytes, range.isLineCut);
  const lines = [...toCutNote(range, entry), ...(notes.length > 0 ? [`[${notes.join("; ")}]`] : [])];
  if (lines.length === 0) return toTextResult(text);
  return toTextResult(`${text}${text.endsWith("\n") ? "" : "\n"}${lines.join("\n")}`);
}

/** What is missing of the file and how to read it; nothing when it is all there. */
function toCutNote(range: LineRange, entry: FileEntry): readonly string[] {
  const isWhole = range.first === 1 && range.last === range.total && !range.isLineCut;
  if (isWhole) return [];
  const of = range.total === undefined ? `; the file goes on, ${toSize(entry.size)} in all` : ` of ${toCount(range.total)}`;
  const cut = range.isLineCut ? `; line ${toCount(range.last)} is longer than ${toSize(range.bytes.length)} and was cut there` : "";
  const isEnd = range.last === range.total;
  return [`[lines ${toCount(range.first)}–${toCount(range.last)}${of}${cut}${isEnd ? "" : `; go on with offset ${range.last + 1}`}]`];
}
