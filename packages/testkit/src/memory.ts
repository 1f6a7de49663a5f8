import type { Embedder, Memory } from "@omni/core";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";
import { memoryCarryingCases } from "./memory-carrying-cases.ts";
import { memoryCopyCases } from "./memory-copy-cases.ts";
import { memoryGraphCases } from "./memory-graph-cases.ts";
import { memoryKeepingCases } from "./memory-keeping-cases.ts";
import { memoryLearningCases } from "./memory-learning-cases.ts";
import { memoryMeaningCases } from "./memory-meaning-cases.ts";
import { memoryRecallCases } from "./memory-recall-cases.ts";
import { memoryTendingCases } from "./memory-tending-cases.ts";

/** A place where a memory keeps things, so that a case can open it again as another process would. */
export interface MemoryPlace {
  /** Opens the memory of this place; an earlier one may still be open. With an embedder where a case needs meaning. */
  open(parts?: { readonly embedder?: Embedder }): Promise<Memory>;
  /** Lets time pass for every memory of this place, in milliseconds. Needed for the abilities `decay` and `gate`. */
  pass?(milliseconds: number): Promise<void>;
  /** Opens what was copied into this folder, as the memory of another place. Needed for the ability `backup`. */
  openCopy?(folder: string): Promise<Memory>;
  /** Frees the place itself; every memory opened there is closed by then. */
  dispose(): Promise<void>;
}

/** Every obligation of `Memory`; see `docs/contracts/memory.md`. */
export const memoryContract: readonly ContractCase<MemoryPlace>[] = [
  ...memoryKeepingCases,
  ...memoryRecallCases,
  ...memoryLearningCases,
  ...memoryCarryingCases,
  ...memoryGraphCases,
  ...memoryTendingCases,
  ...memoryMeaningCases,
  ...memoryCopyCases,
];

/** Runs the kit of `Memory` against an implementation, one new place a case. */
export function describeMemory(title: string, create: Create<MemoryPlace>, options?: ContractOptions): void {
  describeContract(title, memoryContract, create, options);
}
