import { readdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { describeTool } from "@omni/testkit";
import { createShellPlace } from "./shell-place.ts";

describeTool(
  "tool-shell",
  async () => {
    const place = await createShellPlace({ wholeBytes: 1_000 });
    const long = await place.call({ command: "seq 1 1000" });
    return {
      toolset: place.toolset,
      workspace: place.workspace,
      samples: [
        { tool: "shell.run", input: { command: "touch made" } },
        { tool: "shell.run", input: { argv: ["pwd"], timeoutMs: 10_000 } },
        { tool: "shell.output", input: { id: String(long.structuredContent?.["outputId"]), offset: 500, limit: 100 } },
      ],
      failing: [
        { tool: "shell.run", input: {} },
        { tool: "shell.run", input: { command: "ls", argv: ["ls"] } },
        { tool: "shell.run", input: { command: "exit 3" } },
        { tool: "shell.run", input: { command: 'echo "' } },
        { tool: "shell.run", input: { argv: ["no-such-program"] } },
        { tool: "shell.run", input: { argv: [""] } },
        { tool: "shell.run", input: { argv: ["echo", "a\0b"] } },
        { tool: "shell.run", input: { command: "ls", cwd: "none" } },
        { tool: "shell.run", input: { command: "ls", cwd: "/etc" } },
        { tool: "shell.run", input: { command: "sleep 60", timeoutMs: 50 } },
        { tool: "shell.output", input: { id: "none" } },
        { tool: "shell.output", input: { id: "../../../etc/passwd" } },
      ],
      slow: { tool: "shell.run", input: { command: "sleep 300" } },
      state: () => readdir(place.workspace),
      elapse: (milliseconds) => wait(milliseconds),
      dispose: () => place.dispose(),
    };
  },
  { abilities: ["waits"], skip: { T11: "no shell tool is keyed: what a program does when it is run again is unknown", T12: "the list of shell tools never changes" } },
);
