import { describeTool } from "@omni/testkit";
import { createArrayMemory, createArrayRecords, createFakeHost } from "@omni/testkit/fakes";
import { createMemoryTool, memoryToolOptions } from "../src/index.ts";

const scope = { scope: "session", owner: "test:default" } as const;

describeTool(
  "tool-memory",
  async () => {
    const records = createArrayRecords();
    const memory = createArrayMemory(records);
    const store = (id: string, owner: string = scope.owner): Promise<string> => memory.store({ id, kind: "fact", text: "the boat is blue", at: 1, source: { trusted: true }, scope: { ...scope, owner } });
    for (const id of ["kept", "spare-0"]) await store(id);
    await store("foreign", "test:other");
    const host = createFakeHost({ memory });
    let forgotten = -1;
    return {
      toolset: createMemoryTool(memoryToolOptions.parse({}), host),
      get samples() {
        // What is forgotten is gone, so each call has another to forget.
        forgotten += 1;
        void store(`spare-${forgotten}`);
        return [
          { tool: "memory.search", input: { query: "which colour is the boat", limit: 1 } },
          { tool: "memory.save", input: { text: "Ada paints boats." } },
          { tool: "memory.forget", input: { id: `spare-${forgotten}` } },
        ];
      },
      failing: [
        { tool: "memory.forget", input: { id: "none" } },
        { tool: "memory.forget", input: { id: "foreign" } },
        { tool: "memory.save", input: { text: " \n" } },
        { tool: "memory.save", input: { text: "x".repeat(10_001) } },
      ],
      state: async () => records.episodes.map(({ id, text }) => `${id}: ${text}`).toSorted(),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: () => memory.close(),
    };
  },
  { abilities: ["keyed"], skip: { T9: "no call waits for anything but the memory", T12: "the list of memory tools never changes" } },
);
