// Killed in the middle of a call, for real: the next life ends the turn, and nothing happens twice.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createScriptedProvider, textReply } from "@omni/testkit/fakes";
import { message, settings } from "./06-killed-midway/task.ts";
import { openRuntime } from "./temporary-home.ts";

const home = await mkdtemp(join(tmpdir(), "omni-example-"));
const firstLife = fork(fileURLToPath(new URL("./06-killed-midway/first-life.ts", import.meta.url)), [home]);
await once(firstLife, "message"); // the letter is in the post, and no result is on the record
firstLife.kill("SIGKILL");
assert.deepEqual(await once(firstLife, "exit"), [null, "SIGKILL"]);

const model = createScriptedProvider([textReply("I was interrupted while I posted it. Ask at the post office before it goes out again.")]);
{
  await using life = await openRuntime(home, settings, model);
  assert.equal(await life.runtime.recover(), 1, "one turn was left behind");

  // Whoever heard no answer sends the message again: it is known, and its sender gets the answer of the turn that is there.
  const turn = await life.runtime.submit(message);
  const { status, output, toolCalls } = await turn.outcome;
  assert.ok(turn.isRepeat);
  assert.equal(status, "completed");
  assert.deepEqual(toolCalls, [{ name: "post.send", status: "unknown" }]);
  assert.match(JSON.stringify(model.requests[0]?.messages), /effect is unknown/, "the model is told");
  assert.equal(await readFile(join(life.workspace, "posted"), "utf8"), "letter\n", "the letter went out once");
  console.log(output);
}
await rm(home, { recursive: true });
