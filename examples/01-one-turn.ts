// One turn from code: a message in, events as they happen, one outcome.
import assert from "node:assert/strict";
import { callReply, createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { openTemporaryRuntime } from "./temporary-home.ts";

const model = createScriptedProvider([callReply([{ name: "files.read", arguments: { path: "shopping.txt" } }]), textReply("You still need bread and salt.")]);
await using home = await openTemporaryRuntime({}, model, { "shopping.txt": "bread\nsalt\n" });

const turn = await home.runtime.submit({
  sessionId: "cli:kitchen",
  text: "what do I still need?",
  origin: "cli",
  interactive: false,
  principal: { id: "owner", scopes: ["read", "chat", "approve", "admin"] },
});
const seen: string[] = [];
for await (const { event } of turn.events()) seen.push(event.type);
const outcome = await turn.outcome;

assert.equal(outcome.output, "You still need bread and salt.");
assert.deepEqual(outcome.toolCalls, [{ name: "files.read", status: "completed" }]);
assert.ok(JSON.stringify(model.requests[1]?.messages).includes("bread"), "the model was shown the file");
assert.deepEqual(seen.filter((type) => type.startsWith("tool-")), ["tool-call", "tool-result"]);
console.log(outcome.output);
