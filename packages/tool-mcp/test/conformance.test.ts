import { describeTool } from "@omni/testkit";
import { fileURLToPath } from "node:url";
import { createMcpPlace } from "./mcp-place.ts";

const everything = fileURLToPath(new URL("dist/index.js", import.meta.resolve("@modelcontextprotocol/server-everything/package.json")));

/** All but two tools of the server: one takes five seconds a call, and create-mcp-tool.test.ts calls it; `get-resource-reference` tells the second of each call, so that it reads the same only within one. */
const allow = ["echo", "get-annotated-message", "get-env", "get-resource-links", "get-structured-content", "get-sum", "get-tiny-image", "gzip-file-as-resource", "toggle-simulated-logging", "toggle-subscriber-updates", "trigger-long-running-operation", "resource-list", "resource-read", "prompt-list", "prompt-get"];

describeTool(
  "tool-mcp over the reference server",
  async () => {
    const place = await createMcpPlace({ name: "everything", command: process.execPath, args: [everything, "stdio"], trusted: true, allow });
    await place.until(() => place.toolset.status().state === "ready");
    return {
      toolset: place.toolset,
      samples: [
        { tool: "everything.echo", input: { message: "hello" } },
        { tool: "everything.get-annotated-message", input: { messageType: "success", includeImage: true } },
        { tool: "everything.get-env", input: {} },
        { tool: "everything.get-resource-links", input: { count: 2 } },
        { tool: "everything.get-structured-content", input: { location: "Chicago" } },
        { tool: "everything.get-sum", input: { a: 1, b: 2 } },
        { tool: "everything.get-tiny-image", input: {} },
        { tool: "everything.gzip-file-as-resource", input: { name: "a.gz", data: "data:text/plain,hello" } },
        { tool: "everything.toggle-simulated-logging", input: {} },
        { tool: "everything.toggle-subscriber-updates", input: {} },
        { tool: "everything.trigger-long-running-operation", input: { duration: 0.02, steps: 2 } },
        { tool: "everything.resource-list", input: {} },
        { tool: "everything.resource-read", input: { uri: "demo://resource/static/document/architecture.md" } },
        { tool: "everything.prompt-list", input: {} },
        { tool: "everything.prompt-get", input: { name: "args-prompt", arguments: { city: "Berlin", state: "BE" } } },
      ],
      failing: [
        { tool: "everything.get-structured-content", input: { location: "Atlantis" } },
        { tool: "everything.resource-read", input: { uri: "demo://nowhere" } },
        { tool: "everything.prompt-get", input: { name: "none" } },
      ],
      slow: { tool: "everything.trigger-long-running-operation", input: { duration: 600, steps: 2 } },
      state: async () => null,
      elapse: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      dispose: () => place.dispose(),
    };
  },
  { abilities: ["waits"], skip: { T2: "the reference server leaves properties without a description; they are passed on as they are", T12: "the reference server's list does not change; create-mcp-tool.test.ts has a server whose list does" } },
);
