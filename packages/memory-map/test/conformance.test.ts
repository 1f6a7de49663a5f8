import { describeMemory } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { createMapMemory, mapMemoryOptions } from "../src/index.ts";

describeMemory(
  "memory-map",
  () => {
    const host = createFakeHost();
    return { open: async () => createMapMemory(mapMemoryOptions.parse({}), host), dispose: async () => undefined };
  },
  { abilities: ["get", "portable"] },
);
