import type { MemoryPlace } from "@omni/testkit";
import { describeMemory } from "@omni/testkit";
import { createHashEmbedder } from "@omni/testkit/fakes";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";

const abilities = ["get", "portable", "graph", "decay", "gate", "vectors", "backup"];

function toPlace({ open, openCopy, pass, dispose }: MemoryHome, options: Readonly<Record<string, unknown>> = {}): MemoryPlace {
  return { open: async (parts) => open(options, parts?.embedder), openCopy, pass, dispose };
}

describeMemory("memory-sqlite", () => toPlace(createMemoryHome()), { abilities });
describeMemory("memory-sqlite with vectors of its own", () => toPlace(createMemoryHome({ embedder: createHashEmbedder() })), { abilities });
// What crosses to a thread of its own is in engine-home.test.ts: a thread a case is slow, and many threads begun and ended in one process have taken it along.
describeMemory("memory-sqlite with the numbers of the roadmap, two hops", () => toPlace(createMemoryHome(), { preset: "roadmap", hops: 2 }), { abilities: ["get", "graph"] });
