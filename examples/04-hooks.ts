// Hooks around message and tool calls: one that denies, one that edits, one that only watches.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { callReply, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { openTemporaryRuntime } from "./temporary-home.ts";

const hook = (name: string): string => fileURLToPath(new URL(`./04-hooks/${name}.ts`, import.meta.url));
const hooks = [{ use: hook("spell-out"), with: { words: { ETA: "estimated time of arrival" } } }, { use: hook("deny-deletes") }, { use: hook("count-calls") }];
const model = createScriptedProvider([callReply([{ name: "files.write", arguments: { path: "eta.txt", content: "" } }, { name: "files.read", arguments: { path: "eta.txt" } }]), textReply("I left it as it was.")]);
const home = await openTemporaryRuntime({ hooks, policy: { use: "workspace", with: { autonomy: "full" } } }, model, { "eta.txt": "noon" });

const turn = await home.runtime.submit({
  sessionId: "cli:trip",
  text: "empty the ETA",
  origin: "cli",
  interactive: false,
  principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
});
const { output, toolCalls } = await turn.outcome;

assert.deepEqual(toolCalls.map((call) => call.status).sort(), ["completed", "denied"]);
assert.ok(JSON.stringify(model.requests[0]?.messages).includes("empty the estimated time of arrival (ETA)"), "the message was edited");
assert.ok(JSON.stringify(model.requests[1]?.messages).includes("a file is not emptied here"), "the model reads why");
assert.equal(await readFile(join(home.workspace, "eta.txt"), "utf8"), "noon");
await home.flush();
const log = await readFile(join(home.runtime.paths.state, "logs", "omni.log"), "utf8");
assert.equal(log.match(/a tool is called/g)?.length, 1, "the denied call came no further than the hook before the watching one");
await home[Symbol.asyncDispose]();
console.log(output);
