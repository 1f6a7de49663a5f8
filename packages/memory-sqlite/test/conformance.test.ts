import type { MemoryPlace } from "@omni/testkit";
import { describeMemory } from "@omni/testkit";
import { createHashEmbedder } from "@omni/testkit/fakes";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";

const abilities = ["get", "portable", "graph", "decay", "gate", "vectors"];

function toPlace({ open, pass, dispose }: MemoryHome, options: Readonly<Record<string, unknown>> = {}): MemoryPlace {
  return { open: async (parts) => open(options, parts?.embedder), pass, dispose };
}

describeMemory("memory-sqlite", () => toPlace(createMemoryHome()), { abilities });
describeMemory("memory-sqlite with vectors of its own", () => toPlace(createMemoryHome({ embedder: createHashEmbedder() })), { abilities });
// What crosses between two threads is the same for all abilities, and each case starts a thread: those that carry most stand for the others.
describeMemory("memory-sqlite in a worker", () => toPlace(createMemoryHome(), { thread: "worker" }), { abilities: ["get", "portable", "graph"] });
describeMemory("memory-sqlite with the numbers of the roadmap, two hops", () => toPlace(createMemoryHome(), { preset: "roadmap", hops: 2 }), { abilities: ["get", "graph"] });
