import { isAbsolute } from "node:path";
import { OmniError } from "@omni/core";
import type { FolderAccess, OpenFolder } from "./open-folder.ts";
import { mostLinks, openChild, openRoot, readLinkOf } from "./open-folder.ts";
import { toOutside, toSegments } from "./rooted-path.ts";
import { toShownPath } from "./files-error.ts";
import { isCode } from "./files-code.ts";

/** A root as it is used: the real path, and the paths it may be called by. */
export interface Root {
  readonly path: string;
  /** Absolute prefixes that are taken off a path: the real one, and the one it was named by. */
  readonly names: readonly string[];
  readonly access: FolderAccess;
}

/** An entry and the open folder it is in; the root itself has no name. */
export interface ResolvedEntry {
  readonly folder: OpenFolder;
  readonly name: string | undefined;
  /** Names below the root, links resolved. */
  readonly segments: readonly string[];
}

/** How a way is gone. */
export interface Resolution {
  /** Makes missing folders on the way. */
  readonly make?: (folder: OpenFolder, name: string) => Promise<void>;
  /** Throws where the way, as far as it is resolved, must not be gone to its end: before anything is made on it, and before it is used. */
  readonly judge?: (segments: readonly string[]) => void;
  /** Leaves a link at the end as it is instead of going to its target. */
  readonly keepLastLink?: boolean;
}

/**
 * Goes the way of a path, part by part, each opened from the folder before it
 * and none through a link: a link on the way is read, its target is resolved
 * below the root like any other path, and one that leads out is refused. The
 * folder stays open for `use` and is closed afterwards. Throws `files.outside`
 * for a way that leads out, else what the operating system says.
 */
export async function withEntry<Result>(root: Root, path: string, resolution: Resolution, use: (entry: ResolvedEntry) => Promise<Result>): Promise<Result> {
  let segments = toSegments(path, root.names);
  for (let links = 0; links <= mostLinks; links += 1) {
    const step = await tryWay(root, { path, segments, resolution }, use);
    if ("result" in step) return step.result;
    segments = step.detour;
  }
  throw new OmniError("files.denied", `${toShownPath(path)} leads through more than ${mostLinks} links.`);
}

interface Way {
  readonly path: string;
  readonly segments: readonly string[];
  readonly resolution: Resolution;
}

/** Either the result, or where a link on the way leads. */
type Step<Result> = { readonly result: Result } | { readonly detour: readonly string[] };

async function tryWay<Result>(root: Root, way: Way, use: (entry: ResolvedEntry) => Promise<Result>): Promise<Step<Result>> {
  refuseSystemFolder(root, way);
  let folder = await openRoot(root.path, root.access);
  try {
    for (const [index, name] of way.segments.entries()) {
      const isLast = index === way.segments.length - 1;
      const target = isLast && way.resolution.keepLastLink === true ? undefined : await readLink(folder, name, { isLast, way });
      if (target !== undefined) return { detour: toDetour(root, way, folder.segments, [target, ...way.segments.slice(index + 1)].join("/")) };
      if (isLast) break;
      const next = await openChild(folder, name, root.path, root.access);
      await folder.handle.close();
      folder = next;
    }
    way.resolution.judge?.(way.segments);
    return { result: await use({ folder, name: way.segments.at(-1), segments: way.segments }) };
  } finally {
    await folder.handle.close();
  }
}

/** The target of a link. A part that is missing is made where that is wanted; a missing last part is for the caller to judge. */
async function readLink(folder: OpenFolder, name: string, at: { readonly isLast: boolean; readonly way: Way }): Promise<string | undefined> {
  const { make, judge } = at.way.resolution;
  try {
    return await readLinkOf(folder, name);
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
    if (at.isLast) return undefined;
    if (make === undefined) throw error;
    // What is missing holds no link, so the way is resolved to its end.
    judge?.(at.way.segments);
    await make(folder, name);
    return undefined;
  }
}

/** Where the rest of a way leads from the folder of the link: `..` in a target is taken from the real folder. */
function toDetour(root: Root, way: Way, from: readonly string[], target: string): readonly string[] {
  try {
    return toSegments(isAbsolute(target) ? target : [root.path === "/" ? "" : root.path, ...from, target].join("/"), root.names);
  } catch {
    throw toOutside(way.path);
  }
}

/** The kernel's own trees hold no files, also where the root is above them. */
function refuseSystemFolder(root: Root, way: Way): void {
  const path = [root.path === "/" ? "" : root.path, ...way.segments].join("/");
  if (isSystemPath(path)) throw toOutside(way.path);
}

/** True for what the kernel shows as files: processes, devices, its own settings. Shared memory is a file system like others. */
export function isSystemPath(path: string): boolean {
  return /^\/(?:proc|sys|dev)(?:\/|$)/.test(path) && !/^\/dev\/shm(?:\/|$)/.test(path);
}
