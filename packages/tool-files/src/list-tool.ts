import type { FileEntry, JsonObject, RootedFiles, Tool } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import { isSkipped } from "./skipped-folders.ts";
import { statFolder } from "./stat-entry.ts";
import { toPath, toWhole } from "./tool-input.ts";
import { toCount, toSize, toTextResult } from "./tool-output.ts";

/** Entries counted beyond those shown, as a multiple of them; a larger tree is said to have more. */
const countedTimes = 10;

interface Listing {
  readonly shown: FileEntry[];
  /** Folders that were named and not entered. */
  readonly closed: Set<string>;
  count: number;
  /** True when the count was given up. */
  isStopped: boolean;
}

/** `files.list`: what is in a folder, to a depth. */
export function createListTool({ host, options }: FilesToolParts): Tool {
  return {
    name: "files.list",
    description: "Lists the files and folders in a folder, hidden ones too, with sizes. Paths are relative to the workspace; folders end with /.",
    inputSchema: {
      type: "object",
      properties: {
        path: { type: "string", description: "Folder to list, relative to the workspace. Default: the workspace itself." },
        depth: { type: "integer", minimum: 1, maximum: 20, description: "Levels of folders to list: 1 is this folder alone. Default 1. .git and node_modules are entered only when path names them." },
      },
      additionalProperties: false,
    },
    annotations: { title: "List a folder", readOnlyHint: true, openWorldHint: false },
    action: (input) => ({ kind: "read", paths: [toPath(input)] }),
    async execute(input, context) {
      const files = host.files.within(context.workspace, context.guard);
      const path = toPath(input);
      const found = await statFolder(files, path);
      if ("failure" in found) return found.failure;
      const listing: Listing = { shown: [], closed: new Set(), count: 0, isStopped: false };
      const bounds = { asked: path, shown: options.entries, counted: options.entries * countedTimes, signal: context.signal };
      await collect(files, path, toWhole(input, "depth", 1), { listing, bounds });
      return toTextResult(toListText(path, listing), toListData(listing));
    },
  };
}

interface Collecting {
  readonly listing: Listing;
  readonly bounds: { readonly asked: string; readonly shown: number; readonly counted: number; readonly signal: AbortSignal };
}

/** Depth first, so that a folder's entries follow it. */
async function collect(files: RootedFiles, folder: string, depth: number, collecting: Collecting): Promise<void> {
  const { listing, bounds } = collecting;
  bounds.signal.throwIfAborted();
  for (const entry of await files.list(folder)) {
    listing.count += 1;
    if (listing.shown.length < bounds.shown) listing.shown.push(entry);
    listing.isStopped ||= listing.count >= bounds.counted;
    if (listing.isStopped) return;
    if (entry.kind !== "directory" || depth <= 1) continue;
    if (isSkipped(entry.path, bounds.asked)) listing.closed.add(entry.path);
    else await collect(files, entry.path, depth - 1, collecting);
  }
}

function toListText(path: string, listing: Listing): string {
  if (listing.count === 0) return `[${path === "." ? "the folder" : path} is empty]`;
  const lines = listing.shown.map((entry) => toEntryLine(entry, listing.closed));
  const left = listing.count - listing.shown.length;
  return left > 0 ? `${lines.join("\n")}\n[${toCount(left)}${listing.isStopped ? " or more" : ""} further entries are not shown; list a folder below, or look for names with files.glob]` : lines.join("\n");
}

function toEntryLine(entry: FileEntry, closed: ReadonlySet<string>): string {
  if (entry.kind === "directory") return `${entry.path}/${closed.has(entry.path) ? " (not entered)" : ""}`;
  if (entry.kind === "file") return `${entry.path} (${toSize(entry.size)})`;
  return `${entry.path} (${entry.kind === "link" ? "link" : "no regular file"})`;
}

function toListData(listing: Listing): JsonObject {
  return {
    entries: listing.shown.map((entry) => ({ path: entry.path, kind: entry.kind, size: entry.size })),
    total: listing.count,
  };
}
