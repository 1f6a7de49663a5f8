import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject, JsonValue, SecurityPolicy } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, owner, until } from "./runtime-harness.ts";

const ask: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "the test says so", rule: "test" }) };

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

/** A runtime in which a person has allowed this call of `echo.append` for good, in session `test:a`. */
async function allowForGood(input: JsonObject): Promise<Runtime> {
  harness = await createRuntimeHarness({ policy: ask, script: ({ messages }) => (messages.at(-1)?.role === "tool" ? textReply("done") : callReply([{ name: "echo.append", arguments: input }])) });
  const runtime = await harness.open();
  const { outcome } = await runtime.submit(harness.message("append it"));
  await until(harness, () => runtime.asks().length === 1);
  await runtime.answer(runtime.asks()[0]?.ask.askId ?? "", { decision: "always" }, owner);
  expect((await outcome).toolCalls).toMatchObject([{ status: "completed" }]);
  return runtime;
}

async function listRules({ store }: Runtime): Promise<readonly JsonValue[]> {
  return (await store.listDocuments("always-allowed")).map(({ value }) => value);
}

describe("what is allowed for good", () => {
  it("is kept with its tool, its exact arguments and the session that asked", async () => {
    const runtime = await allowForGood({ text: "zanzibar" });
    expect(await listRules(runtime)).toEqual([{ tool: "echo.append", sessionId: "test:a", arguments: '{"text":"zanzibar"}', at: expect.any(Number) }]);
  });

  it("is kept with the beginning of long arguments", async () => {
    const runtime = await allowForGood({ text: "a".repeat(10_000) });
    expect(await listRules(runtime)).toMatchObject([{ arguments: `{"text":"${"a".repeat(4_096 - 9)}` }]);
  });

  it("stays allowed without its arguments when its session is erased, and with them when another is", async () => {
    const runtime = await allowForGood({ text: "zanzibar" });
    expect(await (await runtime.submit(harness.message("append it", { sessionId: "test:b" }))).outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
    await runtime.deleteSession("test:b");
    expect(await listRules(runtime)).toMatchObject([{ arguments: '{"text":"zanzibar"}' }]);
    await runtime.deleteSession("test:a");
    expect(await listRules(runtime)).toEqual([{ tool: "echo.append", at: expect.any(Number) }]);
    expect(await (await runtime.submit(harness.message("append it", { sessionId: "test:c" }))).outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
    expect(harness.echo.appended).toEqual(["zanzibar", "zanzibar", "zanzibar"]);
  });
});
