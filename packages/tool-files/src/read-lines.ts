import type { RootedFiles } from "@omni/core";
import { readBlocks } from "./read-blocks.ts";

/** A part of a file by lines, still as bytes. */
export interface LineRange {
  readonly bytes: Uint8Array;
  /** Number of the first line in `bytes`, from 1. */
  readonly first: number;
  /** Number of the last line in `bytes`; below `first` when there is none. */
  readonly last: number;
  /** Lines of the whole file; undefined where it was too long to count. */
  readonly total: number | undefined;
  /** True when `bytes` ends within line `last`, because that line alone is longer than the limit. */
  readonly isLineCut: boolean;
}

/** What is wanted of a file. */
export interface LineRequest {
  readonly path: string;
  readonly first: number;
  readonly lines: number;
  readonly maxBytes: number;
}

/** Bytes after which lines are no longer counted once the wanted ones are found. */
const countBytes = 67_108_864;

const newline = 0x0a;

/** Finds lines by their newlines, in blocks: what is not wanted is counted and let go. */
export async function readLines(files: RootedFiles, request: LineRequest, signal: AbortSignal): Promise<LineRange> {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let line = 1;
  let last = request.first - 1;
  let scanned = 0;
  let isFull = false;
  let isLineCut = false;
  let isAtLineStart = true;
  for await (const block of readBlocks(files, request.path, signal)) {
    let from = 0;
    while (from < block.length) {
      const found = block.indexOf(newline, from);
      const to = found === -1 ? block.length : found + 1;
      isFull ||= line >= request.first + request.lines;
      if (!isFull && line >= request.first) {
        const room = request.maxBytes - keptBytes;
        const isWhole = to - from <= room;
        // A line that does not fit is left for the next call, unless it is the first: then its head is better than nothing.
        if (isWhole || line === request.first) {
          kept.push(block.slice(from, from + Math.min(room, to - from)));
          keptBytes += Math.min(room, to - from);
          last = line;
        } else if (last === line) {
          keptBytes -= dropLine(kept);
          last = line - 1;
        }
        isFull = !isWhole;
        isLineCut = !isWhole && line === request.first;
      }
      isAtLineStart = found !== -1;
      if (isAtLineStart) line += 1;
      from = to;
    }
    scanned += block.length;
    if (isFull && scanned > countBytes) return { bytes: join(kept), first: request.first, last, total: undefined, isLineCut };
  }
  const total = isAtLineStart ? line - 1 : line;
  return { bytes: join(kept), first: request.first, last, total, isLineCut };
}

/** Takes the begun last line back out of `kept`; gives the bytes it had. */
function dropLine(kept: Uint8Array[]): number {
  let dropped = 0;
  for (let piece = kept.at(-1); piece !== undefined && piece.at(-1) !== newline; piece = kept.at(-1)) {
    dropped += piece.length;
    kept.pop();
  }
  return dropped;
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
