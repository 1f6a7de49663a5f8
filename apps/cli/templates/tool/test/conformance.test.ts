import { describeTool } from "@omni/testkit";
import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { create__Name__Tool } from "../src/index.ts";

describeTool(
  "__name__",
  () => {
    const files = createMemoryFiles({ "/home/omni/workspace/readme.txt": "words" });
    const host = createFakeHost({ files });
    return {
      toolset: create__Name__Tool({}, host),
      samples: [
        { tool: "__name__.read", input: { lines: 5 } },
        { tool: "__name__.add", input: { line: "fed the cat" } },
      ],
      failing: [{ tool: "__name__.add", input: { line: " " } }],
      state: async () => [...files.entries].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  },
  { skip: { T12: "the list of tools never changes" } },
);
