import type { PolicyDecision } from "./security-policy.ts";

/** What is known of an entry without opening it. */
export interface FileEntry {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link" | "other";
  /** Bytes; 0 for what is not a file. */
  readonly size: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

/**
 * Files below one root. Paths are relative to it (absolute ones must lie in
 * it); nothing outside is read or written, through no link, and what was
 * checked is what is opened. Refusals are `files.outside`, `files.not-found`,
 * `files.not-a-file`, `files.too-large`, `files.denied`.
 */
export interface RootedFiles {
  readonly root: string;
  /** Bytes of a regular file from `offset`, at most `limit`. */
  read(path: string, range?: { readonly offset?: number; readonly limit?: number }): Promise<Uint8Array>;
  /** Replaces or makes a file whole and atomically; missing folders are made. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  stat(path: string): Promise<FileEntry | undefined>;
  /** Entries of one directory, sorted by path. */
  list(path: string): Promise<readonly FileEntry[]>;
  /** Every file below `path`, depth first and sorted, links not followed; `enter` may refuse a directory. */
  walk(path: string, options?: { readonly depth?: number; readonly enter?: (directory: string) => boolean; readonly signal?: AbortSignal }): AsyncIterable<FileEntry>;
}

/**
 * Judges where a way below a root really leads, links resolved: `path` is
 * relative to `root`, `.` for the root itself; `root` is a real absolute path.
 * Undefined where it may be used, else the decision that speaks against it.
 */
export type FileGuard = (path: string, root: string) => PolicyDecision | undefined;

/** The one file-open of the process. */
export interface Files {
  /**
   * Files below `root`, an absolute path of an existing directory. A guard is
   * asked of everything before it is opened: what it speaks against is neither
   * read nor written (`files.denied`, with its reason), and a directory that it
   * denies is not looked into either, but passed over by `list` and `walk`.
   */
  within(root: string, guard?: FileGuard): RootedFiles;
}
