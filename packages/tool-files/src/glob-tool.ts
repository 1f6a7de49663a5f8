import type { RootedFiles, Tool, ToolContext } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import type { GlobPattern } from "./glob-pattern.ts";
import { joinPath, toGlobPattern } from "./glob-pattern.ts";
import { createLineMatcher } from "./line-matcher.ts";
import { isSkipped } from "./skipped-folders.ts";
import { statFolder } from "./stat-entry.ts";
import { toPath, toText } from "./tool-input.ts";
import { toFailedResult, toTextResult } from "./tool-output.ts";

/** Paths tested together. */
const batchSize = 500;

/** `files.glob`: files whose paths match a pattern. */
export function createGlobTool({ host, options }: FilesToolParts): Tool {
  return {
    name: "files.glob",
    description: "Finds files by a pattern of their path, sorted. Gives files only, paths relative to the workspace.",
    inputSchema: {
      type: "object",
      properties: {
        pattern: { type: "string", minLength: 1, description: "Glob relative to path: `*.md` matches in that folder, `**/*.ts` also in every folder below; `{a,b}` and `[a-z]` work. Hidden names, .git and node_modules match only when the glob names them." },
        path: { type: "string", description: "Folder to look in, relative to the workspace. Default: the workspace itself." },
      },
      required: ["pattern"],
      additionalProperties: false,
    },
    annotations: { title: "Find files by name", readOnlyHint: true, openWorldHint: false },
    action: (input) => ({ kind: "read", paths: [toPath(input)] }),
    async execute(input, context) {
      const files = host.files.within(context.workspace, context.guard);
      const glob = toText(input, "pattern").trim();
      const pattern = await toGlobPattern(glob);
      if (typeof pattern === "string") return toFailedResult(pattern);
      const found = await statFolder(files, toPath(input));
      if ("failure" in found) return found.failure;
      const folder = joinPath(found.entry.path === "" ? "." : found.entry.path, ".");
      const matches = await findPaths(files, { folder, glob, pattern }, { host, options }, context);
      if (matches === "too-slow") return toFailedResult(`The glob ${glob} takes too long. Use fewer wildcards in one name.`);
      if (matches.paths.length === 0 && matches.end === "whole") return toTextResult(toNothing(glob, folder), { paths: [] });
      const note = matches.end === "whole" ? [] : [matches.end === "full" ? `[stopped at ${matches.paths.length} paths; narrow the pattern or the path]` : "[stopped: the search took too long; narrow the pattern or the path]"];
      return toTextResult([...matches.paths, ...note].join("\n"), { paths: [...matches.paths], isComplete: matches.end === "whole" });
    },
  };
}

interface GlobSearch {
  readonly folder: string;
  readonly glob: string;
  readonly pattern: GlobPattern;
}

interface FoundPaths {
  readonly paths: readonly string[];
  readonly end: "whole" | "full" | "late";
}

async function findPaths(files: RootedFiles, search: GlobSearch, { host, options }: FilesToolParts, context: ToolContext): Promise<FoundPaths | "too-slow"> {
  const { folder, glob, pattern } = search;
  const start = joinPath(folder, pattern.base);
  if ((await files.stat(start))?.kind !== "directory") return { paths: [], end: "whole" };
  const matcher = createLineMatcher(pattern.expression, options.patternTimeoutMs);
  const prefix = folder === "." ? 0 : folder.length + 1;
  const deadline = host.clock.monotonic() + options.searchTimeoutMs;
  const paths: string[] = [];
  let batch: string[] = [];
  const flush = (): boolean => {
    const matches = matcher(batch.map((path) => path.slice(prefix)));
    if (matches === "too-slow") return false;
    for (const { index } of matches) paths.push(batch[index] ?? "");
    batch = [];
    return true;
  };
  const enter = (path: string): boolean => !isSkipped(path, `${folder}/${glob}`);
  for await (const entry of files.walk(start, { enter, signal: context.signal, ...(pattern.depth === undefined ? {} : { depth: pattern.depth }) })) {
    context.signal.throwIfAborted();
    if (entry.kind === "file") batch.push(entry.path);
    if (batch.length >= batchSize && !flush()) return "too-slow";
    if (paths.length > options.entries) return { paths: paths.slice(0, options.entries), end: "full" };
    if (host.clock.monotonic() > deadline) return flush() ? { paths: paths.slice(0, options.entries), end: "late" } : "too-slow";
  }
  if (!flush()) return "too-slow";
  return paths.length > options.entries ? { paths: paths.slice(0, options.entries), end: "full" } : { paths, end: "whole" };
}

function toNothing(glob: string, folder: string): string {
  const hint = glob.includes("/") ? "" : ` In folders below too: **/${glob}`;
  return `No file matches ${glob} in ${folder === "." ? "the workspace" : folder}.${hint}`;
}
