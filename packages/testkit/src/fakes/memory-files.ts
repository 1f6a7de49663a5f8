import type { FileEntry, FileGuard, Files, RootedFiles } from "@omni/core";
import { OmniError } from "@omni/core";

/** Files that exist only in this object: absolute path to bytes. Links, devices and rights do not exist in it. */
export interface MemoryFiles extends Files {
  /** What is there, by absolute path. */
  readonly entries: Map<string, Uint8Array>;
}

/** Makes files from absolute paths and texts. */
export function createMemoryFiles(initial: Readonly<Record<string, string>> = {}): MemoryFiles {
  const encoder = new TextEncoder();
  const entries = new Map(Object.entries(initial).map(([path, text]) => [path, encoder.encode(text)]));
  return { entries, within: (root, guard = () => undefined) => createRooted(root.replace(/\/+$/, ""), entries, guard) };
}

function createRooted(root: string, entries: Map<string, Uint8Array>, guard: FileGuard): RootedFiles {
  const absolute = (path: string): string => toAbsolute(root, path);
  const relative = (path: string): string => path.slice(root.length + 1);
  const judge = (path: string, kind: "use" | "look"): void => {
    const decision = guard(relative(absolute(path)) || ".", root);
    if (decision !== undefined && (kind === "use" || decision.verdict === "deny")) throw new OmniError("files.denied", `${path}: ${decision.reason}`);
  };
  const below = (path: string): readonly string[] => [...entries.keys()].filter((each) => each.startsWith(`${path}/`)).sort();
  const toEntry = (path: string): FileEntry | undefined => {
    const bytes = entries.get(path);
    if (bytes !== undefined) return { path: relative(path), kind: "file", size: bytes.length, modifiedAt: 0 };
    const isDirectory = path === root || below(path).length > 0;
    return isDirectory ? { path: relative(path), kind: "directory", size: 0, modifiedAt: 0 } : undefined;
  };
  const list = (path: string): readonly FileEntry[] => {
    judge(path, "look");
    const start = absolute(path);
    const entry = toEntry(start);
    if (entry === undefined) throw new OmniError("files.not-found", `There is no ${path}.`);
    if (entry.kind === "file") throw new OmniError("files.not-a-file", `${path} is no folder.`);
    const names = new Set(below(start).map((each) => `${start}/${each.slice(start.length + 1).split("/")[0] ?? ""}`));
    const found = [...names].sort().flatMap((each) => toEntry(each) ?? []);
    return found.filter((each) => each.kind === "file" || guard(each.path, root)?.verdict !== "deny");
  };
  async function* walk(path: string, options: Parameters<RootedFiles["walk"]>[1] = {}): AsyncGenerator<FileEntry, void, undefined> {
    for (const entry of list(path)) {
      options.signal?.throwIfAborted();
      if (entry.kind === "file") yield entry;
      else if ((options.depth ?? Infinity) > 1 && (options.enter?.(entry.path) ?? true)) yield* walk(entry.path, { ...options, depth: (options.depth ?? Infinity) - 1 });
    }
  }
  return {
    root,
    async read(path, range = {}) {
      judge(path, "use");
      const bytes = entries.get(absolute(path));
      if (bytes === undefined) throw new OmniError(toEntry(absolute(path)) === undefined ? "files.not-found" : "files.not-a-file", `${path} cannot be read.`);
      const from = range.offset ?? 0;
      return bytes.slice(from, range.limit === undefined ? undefined : from + range.limit);
    },
    async write(path, content) {
      judge(path, "use");
      entries.set(absolute(path), typeof content === "string" ? new TextEncoder().encode(content) : content);
    },
    async stat(path) {
      judge(path, "look");
      return toEntry(absolute(path));
    },
    list: async (path) => list(path),
    walk,
  };
}

function toAbsolute(root: string, path: string): string {
  const full = path.startsWith("/") ? path : `${root}/${path}`;
  const parts: string[] = [];
  for (const part of full.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const result = `/${parts.join("/")}`;
  if (result !== root && !result.startsWith(`${root}/`)) throw new OmniError("files.outside", `${path} leads out of the workspace.`);
  return result;
}
