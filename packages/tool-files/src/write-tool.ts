import type { Tool } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import { toPath, toText } from "./tool-input.ts";
import { toFailedResult, toSize, toTextResult } from "./tool-output.ts";

/** `files.write`: makes or replaces a file whole. The same call again leaves the same file, so it is safe to repeat. */
export function createWriteTool({ host }: FilesToolParts): Tool {
  return {
    name: "files.write",
    description: "Writes a text file whole: makes it, with missing folders, or replaces what is there. To change a part of a file use files.edit.",
    inputSchema: {
      type: "object",
      properties: {
        path: { type: "string", minLength: 1, description: "File to write, relative to the workspace." },
        content: { type: "string", description: "All of the new content, written as UTF-8 exactly as given." },
      },
      required: ["path", "content"],
      additionalProperties: false,
    },
    annotations: { title: "Write a file", readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    action: (input) => ({ kind: "write", paths: [toPath(input)] }),
    async execute(input, context) {
      const files = host.files.within(context.workspace, context.guard);
      const path = toText(input, "path");
      const before = await files.stat(path);
      if (before?.kind === "directory") return toFailedResult(`${path} is a folder; name a file in it.`);
      context.signal.throwIfAborted();
      const content = toText(input, "content").toWellFormed();
      await files.write(path, content);
      const size = toSize(Buffer.byteLength(content));
      return toTextResult(before === undefined ? `Made ${path} (${size}).` : `Replaced ${path} (${size}${before.kind === "file" ? `, before ${toSize(before.size)}` : ""}).`);
    },
  };
}
