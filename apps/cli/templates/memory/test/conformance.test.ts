import { describeMemory } from "@omni/testkit";
import { createFakeHost } from "@omni/testkit/fakes";
import { create__Name__Memory } from "../src/index.ts";

describeMemory("__name__", () => {
  const host = createFakeHost();
  return { open: async () => create__Name__Memory({}, host), dispose: async () => undefined };
});
