import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest } from "@omni/core";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { RuntimeHarness, RuntimeHarnessOptions } from "../runtime-harness.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createRuntimeHarness } from "../runtime-harness.ts";

const summary = JSON.stringify({ summary: "They counted.", experiences: [] });

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

function isSummaryRequest(request: ModelRequest): boolean {
  return request.system.startsWith("You write down");
}

async function open(options: RuntimeHarnessOptions = {}): Promise<Runtime> {
  harness = await createRuntimeHarness({ script: (request) => textReply(isSummaryRequest(request) ? summary : "counted"), ...options });
  return harness.open();
}

async function say(runtime: Runtime, text: string): Promise<string> {
  return (await (await runtime.submit(harness.message(text))).outcome).output;
}

/** Lets everything that is under way go on until it is so. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let looks = 0; looks < 10_000; looks += 1) {
    if (await isSo()) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  throw new Error("it never came to be so");
}

const held = async (runtime: Runtime): Promise<number> => (await runtime.store.slots("test:a", 100)).length;
const firstUserText = (request: ModelRequest | undefined): string => JSON.stringify(request?.messages[0]);

describe("a session that grows past what its window wants to hold", () => {
  it("is consolidated in the background, and later turns stand on the summary and find what was said", async () => {
    const runtime = await open({ windows: { consolidateAt: 4, consolidateBatch: 2 } });
    for (const text of ["one is red", "two is blue", "three is green", "four is white"]) await say(runtime, text);
    await until(async () => (await held(runtime)) === 2);
    expect(harness.remembered.episodes.map((episode) => episode.text)).toEqual(["one is red", "counted", "two is blue", "counted"]);
    await say(runtime, "which colour is two");
    const request = harness.provider.requests.findLast((each) => !isSummaryRequest(each));
    expect(firstUserText(request)).toContain("They counted.");
    expect(JSON.stringify(request?.messages)).not.toContain("one is red\"");
    expect(JSON.stringify(request?.messages.at(-1))).toContain("two is blue");
    expect(JSON.stringify(request?.messages)).toContain("four is white");
  });

  it("is whole in the store, and goes on from the summary after a restart", async () => {
    const first = await open({ windows: { consolidateAt: 4, consolidateBatch: 3 } });
    for (const text of ["one", "two", "three", "four"]) await say(first, text);
    await until(async () => (await held(first)) === 1);
    await first.close();
    const second = await harness.open();
    await say(second, "five");
    expect(firstUserText(harness.provider.requests.at(-1))).toContain("They counted.");
    expect(await second.store.turns("test:a", { limit: 100 })).toHaveLength(5);
  });

  it("is consolidated as well when turns no longer fit the model", async () => {
    const runtime = await open({ windows: { consolidateAt: 50, consolidateBatch: 2 }, agent: { contextTokens: 2_600 } });
    for (let turn = 0; turn < 12; turn += 1) await say(runtime, `number ${turn} ${"word ".repeat(120)}`);
    await until(() => harness.remembered.episodes.length > 0);
    expect(harness.remembered.episodes[0]?.text).toContain("number 0");
  });

  it.each(["auto", 4_096] as const)("is summed up within the context of the model, be its size asked for or configured: %s", async (contextTokens) => {
    harness = await createRuntimeHarness({ script: (request) => textReply(isSummaryRequest(request) ? summary : "counted"), windows: { consolidateAt: 8, consolidateBatch: 6 }, agent: { contextTokens } });
    harness.provider.defaultModel = async () => ({ id: "small", contextTokens: 4_096 });
    const runtime = await harness.open();
    for (let turn = 0; turn < 8; turn += 1) await say(runtime, `number ${turn} ${"word ".repeat(1_000)}`);
    await until(() => harness.remembered.episodes.length > 0);
    for (const { system, messages, maxOutputTokens = Infinity } of harness.provider.requests.filter(isSummaryRequest)) {
      const asked = harness.host.tokens.count(system + JSON.stringify(messages));
      expect(asked).toBeGreaterThan(1_000);
      expect(asked + maxOutputTokens).toBeLessThanOrEqual(4_096);
    }
  });

  it("waits after a summary that failed, releases nothing meanwhile, and tries again", async () => {
    let isDown = true;
    const runtime = await open({ windows: { consolidateAt: 2, consolidateBatch: 1 }, script: (request) => (isSummaryRequest(request) && isDown ? { error: new Error("down") } : textReply(isSummaryRequest(request) ? summary : "counted")) });
    const asked = (): number => harness.provider.requests.filter(isSummaryRequest).length;
    for (const text of ["one", "two"]) await say(runtime, text);
    await until(() => asked() === 1);
    await say(runtime, "three");
    expect([asked(), await held(runtime)]).toEqual([1, 3]);
    isDown = false;
    await harness.host.clock.advance(10_000);
    await say(runtime, "four");
    await until(async () => (await held(runtime)) < 4);
    expect(harness.remembered.episodes.map((episode) => episode.text)).toContain("one");
  });
});

describe("/compact", () => {
  it("sums up all but the newest turns, and says so", async () => {
    const runtime = await open();
    expect(await say(runtime, "/compact")).toBe("There is nothing to sum up yet.");
    for (const text of ["one", "two", "three", "four", "five"]) await say(runtime, text);
    expect(await say(runtime, "/compact")).toBe("Summed up 3 turns and remembered 6 pieces of them. The transcript is still whole.");
    expect(await held(runtime)).toBe(2);
  });
});

const noted = "Noted for the memory that the last answer was shown.";
const known = "That answer was counted already, by an earlier /feedback or by what its tools came to, and stays as it is.";

describe("what a turn says about the memories it was shown", () => {
  const script = (request: ModelRequest): ReturnType<typeof textReply> | ReturnType<typeof callReply> => {
    const isFirst = request.messages.at(-1)?.role === "user";
    return isFirst ? callReply([{ name: "echo.say", arguments: { text: "x" } }]) : textReply("done");
  };

  async function withMemory(options: RuntimeHarnessOptions = {}): Promise<Runtime> {
    const runtime = await open({ script, ...options });
    const scope = { scope: "session", owner: "test:a" } as const;
    harness.remembered.episodes.push({ id: "m1", kind: "episode", text: "apples grow on trees", intent: "apples", experience: "grow", outcome: "on trees", q: 0.5, uses: 0, successes: 0, failures: 0, at: 1, createdAt: 1, lastUsedAt: 1, source: { trusted: true }, scope });
    return runtime;
  }
  const utility = (): number | undefined => harness.remembered.episodes.find((episode) => episode.id === "m1")?.q;

  it("is what its tools came to, once nobody has said otherwise for a while", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    expect(utility()).toBe(0.5);
    await harness.host.clock.advance(120_000);
    await until(() => (utility() ?? 0) > 0.5);
  });

  it("is what the person says, in place of what the tools say, and once", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    expect(await say(runtime, "/feedback down")).toBe(noted);
    const after = utility() ?? 1;
    expect(after).toBeLessThan(0.5);
    expect(await say(runtime, "/feedback up")).toBe(known);
    await harness.host.clock.advance(120_000);
    await runtime.close();
    expect(utility()).toBe(after);
    const next = await harness.open();
    expect(await say(next, "/feedback up")).toBe(known);
    await next.close();
    expect(utility()).toBe(after);
  });

  it("stays what its tools came to once that was counted, and a person is told so", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    await harness.host.clock.advance(120_000);
    await until(() => (utility() ?? 0) > 0.5);
    const after = utility();
    expect(await say(runtime, "/feedback down")).toBe(known);
    expect(utility()).toBe(after);
    await say(runtime, "where do apples grow");
    expect(await say(runtime, "/feedback down")).toBe(noted);
    expect(utility()).toBeLessThan(after ?? 0);
    expect(await runtime.deleteSession("test:a")).toBe(true);
    expect(await runtime.store.listDocuments("credited")).toEqual([]);
    await runtime.close();
  });

  it("counts once when a person says two things in the same breath", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    expect((await Promise.all([say(runtime, "/feedback down"), say(runtime, "/feedback up")])).sort()).toEqual([noted, known].sort());
    await runtime.close();
  });

  it("waits past the end of the process, for the person or for the next turn of the session", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    await runtime.close();
    expect(utility()).toBe(0.5);
    const next = await harness.open();
    await say(next, "and pears");
    await until(() => (utility() ?? 0) > 0.5);
    await next.close();
    expect(await listWaiting()).toEqual([]);
  });

  it("is what its tools came to also where the process was killed before it had noted that", async () => {
    let isKilled = true;
    const runtime = await withMemory({ store: (store) => ({ ...store, putDocument: async (kind, ...given) => (isKilled && kind.startsWith("credit") ? Promise.reject(new Error("killed")) : store.putDocument(kind, ...given)) }) });
    await say(runtime, "where do apples grow");
    await runtime.close();
    isKilled = false;
    const next = await harness.open();
    await say(next, "and pears");
    await until(async () => (await next.store.listDocuments("credit")).length === 1);
    await harness.host.clock.advance(120_000);
    await until(() => (utility() ?? 0) > 0.5);
    await next.close();
  });

  it("is what a person says after the process has ended, in place of what the tools say", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    await runtime.close();
    const next = await harness.open();
    await say(next, "/feedback down");
    const after = utility() ?? 1;
    expect(after).toBeLessThan(0.5);
    await harness.host.clock.advance(120_000);
    await say(next, "and pears");
    await next.close();
    expect(utility()).toBe(after);
  });

  it("waits no longer when its session is erased", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    await until(async () => (await runtime.store.listDocuments("credit")).length === 1);
    expect(await runtime.deleteSession("test:a")).toBe(true);
    expect(await runtime.store.listDocuments("credit")).toEqual([]);
    await runtime.close();
  });

  it("is counted by whatever turn comes when it has waited long enough, of another session too", async () => {
    const runtime = await withMemory();
    await say(runtime, "where do apples grow");
    await runtime.close();
    await harness.host.clock.advance(120_000);
    const next = await harness.open();
    await (await next.submit({ ...harness.message("and pears"), sessionId: "test:b" })).outcome;
    await until(() => (utility() ?? 0) > 0.5);
    await next.close();
  });
});

async function listWaiting(): Promise<unknown> {
  const runtime = await harness.open();
  const waiting = await runtime.store.listDocuments("credit");
  await runtime.close();
  return waiting.filter(({ value }) => JSON.stringify(value).includes("m1"));
}
