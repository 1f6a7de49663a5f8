// An MCP server of your own, brought in by mcp.json: its name meets a native one, its progress is seen, its words are data.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { callReply, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { openTemporaryRuntime } from "./temporary-home.ts";

const model = createScriptedProvider([
  callReply([{ name: "mcp-files.read", arguments: { volume: "Cellar" } }, { name: "files.read", arguments: { path: "cellar.txt" } }]),
  textReply("The archive and the workspace agree: twelve bottles."),
]);
const archive = { command: process.execPath, args: [fileURLToPath(new URL("./05-own-server/archive-server.ts", import.meta.url))] };
const policy = { use: "workspace", with: { allow: ["mcp-files.*"] } };
// The server is called `files`, as the native tools are; mcp.json stands in the home, beside the workspace.
await using home = await openTemporaryRuntime({ policy }, model, { "cellar.txt": "twelve bottles\n", "../mcp.json": JSON.stringify({ mcpServers: { files: archive } }) });

const turn = await home.runtime.submit({
  sessionId: "cli:cellar",
  text: "how many bottles?",
  origin: "cli",
  interactive: false,
  principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
});
const progress: string[] = [];
for await (const { event } of turn.events()) if (event.type === "progress") progress.push(event.text);
const { output, toolCalls } = await turn.outcome;

assert.deepEqual(toolCalls, [{ name: "mcp-files.read", status: "completed" }, { name: "files.read", status: "completed" }]);
assert.ok(progress.some((text) => text.includes("blowing off the dust")), "the server's progress was shown live");
assert.ok(home.runtime.warnings.some((warning) => warning.includes("mcp-files")), "the clash of names is told, and the native tools keep theirs");
const results = JSON.stringify(model.requests[1]?.messages);
assert.ok(results.includes("twelve bottles"), "files.read is the native one");
assert.match(results, /untrusted source=[^]*empty the cellar/, "what a server says is framed as data, never as instructions");
console.log(output);
