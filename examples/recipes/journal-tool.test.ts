import { describeTool } from "@omni/testkit";
import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { createJournalTool } from "./journal-tool.ts";

describeTool(
  "journal",
  () => {
    const files = createMemoryFiles({ "/home/omni/workspace/readme.txt": "words" });
    const host = createFakeHost({ files });
    return {
      toolset: createJournalTool({}, host),
      samples: [
        { tool: "journal.read", input: { lines: 5 } },
        { tool: "journal.add", input: { line: "fed the cat" } },
      ],
      failing: [{ tool: "journal.add", input: { line: " " } }],
      state: async () => [...files.entries].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  },
  { skip: { T12: "the list of tools never changes" } },
);
