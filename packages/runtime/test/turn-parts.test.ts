import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest, SecurityPolicy } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

const asking: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) };

function isSummaryRequest(request: ModelRequest): boolean {
  return request.system.startsWith("You write down");
}

function toReply(request: ModelRequest): ReturnType<typeof textReply> | ReturnType<typeof callReply> {
  if (isSummaryRequest(request)) return textReply(JSON.stringify({ summary: "They counted to three.", experiences: [] }));
  const { messages } = request;
  return JSON.stringify(messages.at(-1)).includes("now call") ? callReply([{ name: "echo.append", arguments: { text: "x" } }]) : textReply("counted");
}

async function say(runtime: Runtime, text: string): Promise<string> {
  return (await (await runtime.submit(harness.message(text))).outcome).output;
}

/** Resolves once a call waits for a person. */
async function asked(runtime: Runtime): Promise<string> {
  for (;;) {
    const [open] = runtime.asks();
    if (open !== undefined) return open.ask.askId;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

describe("a turn that waits while the turns before it are summed up", () => {
  it("is told of all of them when it goes on after a restart: of the released by the summary, of the others word by word", async () => {
    harness = await createRuntimeHarness({ policy: asking, script: toReply });
    const first = await harness.open();
    for (const text of ["say one", "say two", "say three", "say four", "say five"]) await say(first, text);
    const { turnId } = await first.submit(harness.message("now call"));
    await asked(first);
    const before = JSON.stringify(harness.provider.requests.at(-1)?.messages);
    expect(before).toContain("say one");
    expect(await say(first, "/compact")).toContain("Summed up 3 turns");
    await first.close();

    const second = await harness.open();
    await second.recover();
    await second.answer(await asked(second), { decision: "allow" }, harness.message("").principal);
    await second.follow(turnId)?.outcome;
    const after = JSON.stringify(harness.provider.requests.at(-1)?.messages);
    for (const told of ["They counted to three.", "say four", "say five", "now call"]) expect(after).toContain(told);
    expect(after).not.toContain("say three");
  });
});
