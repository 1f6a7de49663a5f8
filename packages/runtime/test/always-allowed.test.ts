import { afterEach, describe, expect, it } from "vitest";
import type { JsonObject, JsonValue, Principal, SecurityPolicy } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { Runtime } from "../src/runtime.ts";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness, owner } from "./runtime-harness.ts";

/** Whoever has the token of this name. */
const ci: Principal = { id: "token:ci", scopes: ["chat"] };

const ask: SecurityPolicy = { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "the test says so", rule: "test" }) };

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

/** A runtime whose turns all make this call of `echo.append`, about which a person is asked. */
async function openAsking(input: JsonObject): Promise<Runtime> {
  harness = await createRuntimeHarness({ policy: ask, script: ({ messages }) => (messages.at(-1)?.role === "tool" ? textReply("done") : callReply([{ name: "echo.append", arguments: input }])) });
  return harness.open();
}

/** Has the call made for somebody; true where a person was asked, who answers so. */
async function isAsked(runtime: Runtime, principal: Principal, decision: "always" | "deny", meanwhile: () => Promise<unknown> = async () => undefined): Promise<boolean> {
  const asked = new Promise<void>((resolve) => runtime.onAsks(resolve));
  const { outcome } = await runtime.submit(harness.message("append it", { principal }));
  await Promise.race([asked, outcome]);
  const [open] = runtime.asks();
  await meanwhile();
  if (open !== undefined) await runtime.answer(open.ask.askId, { decision }, owner);
  expect((await outcome).toolCalls).toMatchObject([{ status: open !== undefined && decision === "deny" ? "denied" : "completed" }]);
  return open !== undefined;
}

/** A runtime in which a person has allowed this call of `echo.append` to the owner for good, in session `test:a`. */
async function allowForGood(input: JsonObject): Promise<Runtime> {
  const runtime = await openAsking(input);
  expect(await isAsked(runtime, owner, "always")).toBe(true);
  return runtime;
}

/** Ends the token of the name, by whatever process, and makes another a second later. */
async function renew({ tokens }: Runtime): Promise<void> {
  expect(await tokens.revoke("ci")).toBe(true);
  await harness.host.clock.advance(1_000);
  await tokens.add("ci", ["chat"]);
}

async function listRules({ store }: Runtime): Promise<readonly JsonValue[]> {
  return (await store.listDocuments("always-allowed")).map(({ value }) => value);
}

describe("what is allowed for good", () => {
  it("is kept with its tool, its exact arguments and the session that asked", async () => {
    const runtime = await allowForGood({ text: "zanzibar" });
    expect(await listRules(runtime)).toEqual([{ tool: "echo.append", token: null, sessionId: "test:a", arguments: '{"text":"zanzibar"}', at: expect.any(Number) }]);
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
    expect(await listRules(runtime)).toEqual([{ tool: "echo.append", token: null, at: expect.any(Number) }]);
    expect(await (await runtime.submit(harness.message("append it", { sessionId: "test:c" }))).outcome).toMatchObject({ toolCalls: [{ status: "completed" }] });
    expect(harness.echo.appended).toEqual(["zanzibar", "zanzibar", "zanzibar"]);
  });
});

describe("what is allowed for good to a token", () => {
  it("stays allowed to it, also after a restart, and to nobody else", async () => {
    const runtime = await openAsking({ text: "deploy" });
    await runtime.tokens.add("ci", ["chat"]);
    expect([await isAsked(runtime, ci, "always"), await isAsked(runtime, ci, "deny"), await isAsked(runtime, owner, "deny")]).toEqual([true, false, true]);
    await runtime.close();
    expect(await isAsked(await harness.open(), ci, "deny")).toBe(false);
  });

  it("is asked about again for another token of its name, until it is allowed to that", async () => {
    const runtime = await openAsking({ text: "deploy" });
    await runtime.tokens.add("ci", ["chat"]);
    await isAsked(runtime, ci, "always");
    // As the command line does, beside the runtime that the calls come to.
    await renew(await harness.open());
    expect([await isAsked(runtime, ci, "deny"), await isAsked(runtime, ci, "always"), await isAsked(runtime, ci, "deny")]).toEqual([true, true, false]);
    await renew(runtime);
    await runtime.close();
    expect(await isAsked(await harness.open(), ci, "deny")).toBe(true);
  });

  it("is asked about again also where its token had expired before it was revoked", async () => {
    const runtime = await openAsking({ text: "deploy" });
    await runtime.tokens.add("ci", ["chat"], { lastsMs: 600_000 });
    await isAsked(runtime, ci, "always");
    await harness.host.clock.advance(600_000);
    await renew(runtime);
    expect(await isAsked(runtime, ci, "deny")).toBe(true);
  });

  it("is not allowed to another of its name by the answer to what it still asked", async () => {
    const runtime = await openAsking({ text: "deploy" });
    await runtime.tokens.add("ci", ["chat"]);
    expect(await isAsked(runtime, ci, "always", () => renew(runtime))).toBe(true);
    expect(await listRules(runtime)).toEqual([]);
    expect([await isAsked(runtime, ci, "deny"), harness.echo.appended]).toEqual([true, ["deploy"]]);
  });

  it("is allowed by no document that does not say whose it is", async () => {
    const runtime = await allowForGood({ text: "deploy" });
    const [rule] = await runtime.store.listDocuments("always-allowed");
    for (const odd of [{ tool: "echo.append", at: 0 }, { token: 7 }, { token: "nobody's" }, "x", null]) {
      await runtime.store.putDocument("always-allowed", rule?.id ?? "", odd);
      expect(await isAsked(runtime, owner, "deny")).toBe(true);
    }
  });
});
