import { createFakeHost, createMemoryFiles } from "@omni/testkit/fakes";
import { describeTool } from "@omni/testkit";
import { createFilesTool, filesToolOptions } from "../src/index.ts";

const workspace = "/home/omni/workspace";

describeTool(
  "tool-files",
  () => {
    const files = createMemoryFiles({ [`${workspace}/a.txt`]: "one\ntwo\n", [`${workspace}/src/b.ts`]: "const two = 2;\n", [`${workspace}/c.txt`]: "cat\n", "/etc/passwd": "root\n" });
    const host = createFakeHost({ files });
    let edits = 0;
    return {
      toolset: createFilesTool(filesToolOptions.parse({}), host),
      get samples() {
        // An edit changes what the next one must name.
        return [
          { tool: "files.read", input: { path: "a.txt" } },
          { tool: "files.list", input: { depth: 2 } },
          { tool: "files.glob", input: { pattern: "**/*.ts" } },
          { tool: "files.grep", input: { pattern: "two", context: 1 } },
          { tool: "files.write", input: { path: "new/d.txt", content: "d" } },
          { tool: "files.edit", input: { path: "c.txt", old: "cat", new: `dog${(edits += 1)} cat` } },
        ];
      },
      failing: [
        { tool: "files.read", input: { path: "none.txt" } },
        { tool: "files.read", input: { path: "src" } },
        { tool: "files.read", input: { path: "../../../etc/passwd" } },
        { tool: "files.list", input: { path: "/etc" } },
        { tool: "files.write", input: { path: "/etc/passwd", content: "" } },
        { tool: "files.write", input: { path: "src", content: "" } },
        { tool: "files.edit", input: { path: "a.txt", old: "three", new: "3" } },
        { tool: "files.glob", input: { pattern: "../*" } },
        { tool: "files.grep", input: { pattern: "(" } },
        { tool: "files.grep", input: { pattern: "x", path: "none" } },
      ],
      state: async () => Object.fromEntries([...files.entries].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)])),
      elapse: (milliseconds) => host.clock.advance(milliseconds),
      dispose: async () => undefined,
    };
  },
  { abilities: ["keyed"], skip: { T9: "no call of a file tool waits: each ends at the next block or folder", T12: "the list of file tools never changes" } },
);
