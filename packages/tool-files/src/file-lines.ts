import type { RootedFiles } from "@omni/core";
import { sniffBytes, toFileKind } from "./file-kind.ts";
import { readBlocks } from "./read-blocks.ts";

/** Some lines of a file that follow each other. */
export interface LineBatch {
  /** Number of the first, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** Characters of a line that are kept; the rest of it is let go. */
const mostLineCharacters = 10_000;

/** The lines of a text file, batch by batch; nothing for a file that is not text. */
export async function* readFileLines(files: RootedFiles, path: string, signal: AbortSignal): AsyncGenerator<LineBatch, void, undefined> {
  const decoder = new TextDecoder("utf-8");
  let first = 1;
  let rest = "";
  let isHead = true;
  for await (const block of readBlocks(files, path, signal)) {
    if (isHead && toFileKind(block.subarray(0, sniffBytes)).kind !== "text") return;
    isHead = false;
    const pieces = (rest + decoder.decode(block, { stream: true })).split("\n");
    rest = (pieces.pop() ?? "").slice(0, mostLineCharacters);
    if (pieces.length > 0) yield { first, lines: pieces.map(toKept) };
    first += pieces.length;
  }
  const last = rest + decoder.decode();
  if (last !== "") yield { first, lines: [toKept(last)] };
}

function toKept(line: string): string {
  const kept = line.length > mostLineCharacters ? line.slice(0, mostLineCharacters) : line;
  return kept.endsWith("\r") ? kept.slice(0, -1) : kept;
}
