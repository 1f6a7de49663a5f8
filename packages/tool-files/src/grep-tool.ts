import type { FileEntry, RootedFiles, Tool, ToolContext, ToolResult } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { FilesToolParts } from "./create-files-tool.ts";
import type { GrepReport } from "./grep-report.ts";
import type { LineMatcher } from "./line-matcher.ts";
import { readFileLines } from "./file-lines.ts";
import { joinPath, toGlobPattern } from "./glob-pattern.ts";
import { createGrepReport } from "./grep-report.ts";
import { createLineMatcher } from "./line-matcher.ts";
import { toSearchPattern } from "./search-pattern.ts";
import { isSkipped } from "./skipped-folders.ts";
import { statAny } from "./stat-entry.ts";
import { toPath, toText, toWhole } from "./tool-input.ts";
import { toFailedResult, toQuantity, toTextResult } from "./tool-output.ts";

/** Files named in a note. */
const mostNamed = 5;

/** `files.grep`: lines of text files that match a pattern. */
export function createGrepTool(parts: FilesToolParts): Tool {
  return {
    name: "files.grep",
    description: "Searches the text of files for a pattern, line by line. Gives path:line: text for each match; binary files are passed over.",
    inputSchema: {
      type: "object",
      properties: {
        pattern: { type: "string", minLength: 1, description: "JavaScript regular expression to search for; (?i) at its head ignores case. Put a backslash before . ( [ { * + ? | ^ $ that stand for themselves." },
        path: { type: "string", description: "File or folder to search, relative to the workspace. Default: the workspace itself, without .git and node_modules." },
        glob: { type: "string", description: "Search only files that match this glob: `*.ts` by name, `src/**/*.ts` by path." },
        context: { type: "integer", minimum: 0, maximum: 20, description: "Number of lines to show before and after each match, marked with -. Default 0." },
      },
      required: ["pattern"],
      additionalProperties: false,
    },
    annotations: { title: "Search in files", readOnlyHint: true, openWorldHint: false },
    action: (input) => ({ kind: "read", paths: [toPath(input)] }),
    async execute(input, context) {
      const { host, options } = parts;
      const files = host.files.within(context.workspace, context.guard);
      const expression = toSearchPattern(toText(input, "pattern"));
      if (typeof expression === "string") return toFailedResult(expression);
      const path = toPath(input);
      const filter = await toFilter(toText(input, "glob").trim(), path, options.patternTimeoutMs);
      if (typeof filter === "string") return toFailedResult(filter);
      const found = await statAny(files, path);
      if ("failure" in found) return found.failure;
      const search: Search = {
        files,
        filter,
        matcher: createLineMatcher(expression, options.patternTimeoutMs),
        mayRead: (file) => context.guard(file, files.root) === undefined,
        report: createGrepReport(toWhole(input, "context", 0), { matches: options.matches, bytes: options.resultBytes }),
        isLate: toAlarm(parts),
        signal: context.signal,
      };
      return searchEntry(found.entry, path, search);
    },
  };
}

interface Search {
  readonly files: RootedFiles;
  /** True for the files a glob lets through. */
  readonly filter: (path: string) => boolean;
  readonly matcher: LineMatcher;
  /** False for a file that nobody named and about which a person would be asked. */
  readonly mayRead: (path: string) => boolean;
  readonly report: GrepReport;
  readonly isLate: () => boolean;
  readonly signal: ToolContext["signal"];
}

function toAlarm({ host, options }: FilesToolParts): () => boolean {
  const deadline = host.clock.monotonic() + options.searchTimeoutMs;
  return () => host.clock.monotonic() > deadline;
}

/** A glob without a slash is tried on the name, one with a slash on the path below the folder searched. */
async function toFilter(glob: string, path: string, timeoutMs: number): Promise<((path: string) => boolean) | string> {
  if (glob === "") return () => true;
  const pattern = await toGlobPattern(glob);
  if (typeof pattern === "string") return pattern;
  const matcher = createLineMatcher(pattern.expression, timeoutMs);
  const folder = joinPath(path, ".");
  const isName = !glob.includes("/");
  return (file) => {
    const below = folder !== "." && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
    const tried = isName ? [file.split("/").at(-1) ?? file] : [...new Set([below, file])];
    const matches = matcher(tried);
    return matches !== "too-slow" && matches.length > 0;
  };
}

async function searchEntry(entry: FileEntry, asked: string, search: Search): Promise<ToolResult> {
  const { files, report, signal } = search;
  let searched = 0;
  let unread = 0;
  const unasked = { count: 0, paths: [] as string[] };
  let end: "whole" | "late" = "whole";
  const enter = (folder: string): boolean => !isSkipped(folder, asked);
  const entries = entry.kind === "directory" ? files.walk(entry.path === "" ? "." : entry.path, { enter, signal }) : [entry];
  for await (const each of entries) {
    signal.throwIfAborted();
    if (report.isFull) break;
    if (search.isLate()) {
      end = "late";
      break;
    }
    if (each.kind !== "file" || (entry.kind === "directory" && !search.filter(each.path))) continue;
    if (entry.kind === "directory" && !search.mayRead(each.path)) {
      unasked.count += 1;
      if (unasked.paths.length < mostNamed) unasked.paths.push(each.path);
      continue;
    }
    const outcome = await searchFile(each.path, search, entry.kind === "directory");
    if (outcome === "too-slow") return toFailedResult(`The pattern takes too long on ${each.path}: nested repetitions like (a+)+ try every way to divide a line. Write it without a repetition inside a repetition, or search for a plain text.`);
    if (outcome === "unread") unread += 1;
    else searched += 1;
    if (outcome === "late") end = "late";
  }
  return toResult(report, { searched, unread, unasked, end });
}

/** Files that were passed over, and the first of them. */
interface Unasked {
  readonly count: number;
  readonly paths: readonly string[];
}

async function searchFile(path: string, search: Search, isOneOfMany: boolean): Promise<"done" | "late" | "unread" | "too-slow"> {
  try {
    for await (const batch of readFileLines(search.files, path, search.signal)) {
      const matches = search.matcher(batch.lines);
      if (matches === "too-slow") return "too-slow";
      search.report.add(path, batch, matches);
      if (search.report.isFull) return "done";
      if (search.isLate()) return "late";
    }
    return "done";
  } catch (error) {
    // One file that may not be read, or is gone by now, does not cost the others.
    if (isOneOfMany && isOmniError(error) && error.code.startsWith("files.")) return "unread";
    throw error;
  }
}

function toResult(report: GrepReport, facts: { readonly searched: number; readonly unread: number; readonly unasked: Unasked; readonly end: "whole" | "late" }): ToolResult {
  const notes: string[] = [];
  if (report.isFull) notes.push(`[stopped at ${toQuantity(report.matches.length, "match")}; narrow the pattern, path or glob]`);
  else if (facts.end === "late") notes.push("[stopped: the search took too long; narrow the path or glob]");
  if (facts.unread > 0) notes.push(`[${toQuantity(facts.unread, "file")} could not be read]`);
  if (facts.unasked.count > 0) notes.push(`[not searched, as a person is asked about each of them: ${toSomePaths(facts.unasked)}; to search one give it as path]`);
  const data = { matches: [...report.matches], files: facts.searched, isComplete: !report.isFull && facts.end === "whole" };
  if (report.matches.length > 0) return toTextResult([...report.lines, ...notes].join("\n"), data);
  return toTextResult([`No line matches in ${toQuantity(facts.searched, "file")}.`, ...notes].join("\n"), data);
}

function toSomePaths({ paths, count }: Unasked): string {
  const left = count - paths.length;
  return `${paths.join(", ")}${left > 0 ? ` and ${toQuantity(left, "more file")}` : ""}`;
}
