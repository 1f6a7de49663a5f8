import type { Memory, Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { Composition } from "../compose.ts";
import { createPart } from "../compose.ts";

/** The parts of a composition that keep something on this machine, and can copy it. */
export interface Keepers {
  readonly store: Store & Required<Pick<Store, "backup" | "restore">>;
  /** Undefined where it is turned off. */
  readonly memory: (Memory & Required<Pick<Memory, "backup" | "restore">>) | undefined;
  close(): Promise<void>;
}

/** Makes store and memory of a configuration and nothing else. Throws `usage.invalid` where one of them cannot be copied. */
export async function openKeepers(composition: Composition): Promise<Keepers> {
  const { config } = composition;
  const store = await createPart("store", config.store, "store", composition);
  let memory: Memory | undefined;
  const close = async (): Promise<void> => {
    await memory?.close();
    await store.close();
  };
  try {
    if (!canCopy(store)) throw cannotCopy("store", config.store.use);
    if (config.memory === false) return { store, memory: undefined, close };
    memory = await createPart("memory", config.memory, "memory", composition);
    if (!canCopy(memory)) throw cannotCopy("memory", config.memory.use);
    return { store, memory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function canCopy<Part extends Store | Memory>(part: Part): part is Part & Required<Pick<Part, "backup" | "restore">> {
  return part.backup !== undefined && part.restore !== undefined;
}

function cannotCopy(slot: string, use: string): OmniError {
  return new OmniError("usage.invalid", `The ${slot} ${JSON.stringify(use)} has no copies as files: what it is made of has means of its own, or keeps nothing. Nothing was done.`);
}
