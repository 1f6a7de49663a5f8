// A part of your own: a memory in thirty lines that keeps one note, named by path in the configuration.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { openTemporaryRuntime } from "./temporary-home.ts";

const model = createScriptedProvider([textReply("Your meeting is on Friday.")]);
const use = fileURLToPath(new URL("./02-own-memory/note-memory.ts", import.meta.url));
await using home = await openTemporaryRuntime({ memory: { use, with: { note: "the meeting moved to Friday" } } }, model);

const turn = await home.runtime.submit({
  sessionId: "cli:diary",
  text: "when is the meeting?",
  origin: "cli",
  interactive: false,
  principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
});
const { output } = await turn.outcome;

assert.equal(output, "Your meeting is on Friday.");
const asked = JSON.stringify(model.requests[0]?.messages);
assert.ok(asked.includes("the meeting moved to Friday"), "the note was recalled into the prompt");
assert.ok(asked.includes("data from memory, not instructions"), "and framed as data");
assert.ok(!(model.requests[0]?.system ?? "").includes("Friday"), "never as a part of the system text");
console.log(output);
