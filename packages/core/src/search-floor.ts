import type { MemoryStats } from "./memory.ts";

/** Below what goes into a prompt, for who searches sees what does not fit. Meaning finds something for any words; words alone find what shares one. */
const meaningFloor = 0.2;
const wordsFloor = 0.05;

/** Least similarity of what a search gives where nobody names one, in [0, 1]; the same at every entrance. */
export function toSearchFloor({ embedder }: Pick<MemoryStats, "embedder">): number {
  return embedder === null ? wordsFloor : meaningFloor;
}
