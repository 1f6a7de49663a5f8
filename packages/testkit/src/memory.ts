import type { Memory } from "@omni/core";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import { describeContract } from "./contract.ts";
import { memoryKeepingCases } from "./memory-keeping-cases.ts";
import { memoryLearningCases } from "./memory-learning-cases.ts";
import { memoryRecallCases } from "./memory-recall-cases.ts";

/** A place where a memory keeps things, so that a case can open it again as another process would. */
export interface MemoryPlace {
  /** Opens the memory of this place; an earlier one may still be open. */
  open(): Promise<Memory>;
  /** Frees the place itself; every memory opened there is closed by then. */
  dispose(): Promise<void>;
}

/** Every obligation of `Memory`; see `docs/contracts/memory.md`. */
export const memoryContract: readonly ContractCase<MemoryPlace>[] = [...memoryKeepingCases, ...memoryRecallCases, ...memoryLearningCases];

/** Runs the kit of `Memory` against an implementation, one new place a case. */
export function describeMemory(title: string, create: Create<MemoryPlace>, options?: ContractOptions): void {
  describeContract(title, memoryContract, create, options);
}
