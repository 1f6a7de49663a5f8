import { describeMemory } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { createFileMemory } from "./file-memory.ts";

describeMemory("file", () => {
  const host = createFakeHost();
  return { open: async () => createFileMemory({}, host), dispose: async () => undefined };
});
