import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest, QueueMode, Tool, TurnOutcome } from "@omni/core";
import type { ScriptedReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { IncomingMessage, Runtime, TurnHandle } from "../src/runtime.ts";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import { createRuntimeHarness, owner } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

interface Gated {
  readonly runtime: Runtime;
  readonly reached: Promise<void>;
  open(): void;
  say(text: string, more?: Partial<IncomingMessage>): Promise<TurnHandle>;
}

/** A model whose first reply waits at a gate and is a call, so that the turn goes on after it. */
async function openGated(options: RuntimeHarnessOptions = {}): Promise<Gated> {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  harness = await createRuntimeHarness({
    script: async (_request, index) => {
      if (index > 0) return textReply(`answer ${index}`);
      reached.resolve();
      await opened.promise;
      return callReply([{ name: "echo.say", arguments: { text: "x" } }]);
    },
    ...options,
  });
  const runtime = await harness.open();
  return { runtime, reached: reached.promise, open: opened.resolve, say: (text, more) => runtime.submit(harness.message(text, more)) };
}

function textsOf(request: ModelRequest | undefined): readonly string[] {
  return (request?.messages ?? []).flatMap((message) => (message.role === "user" ? message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])) : [])).filter((text) => !text.startsWith("<time>"));
}

const outputOf = async (handle: TurnHandle): Promise<string> => (await handle.outcome).output;
const ends = (handles: readonly TurnHandle[]): Promise<readonly TurnOutcome[]> => Promise.all(handles.map((handle) => handle.outcome));

describe("the mode of a session", () => {
  it("is chosen with /queue and holds for messages that say none, over a restart and for every entrance", async () => {
    const { runtime, say } = await openGated({ script: [textReply("one")] });
    expect(await outputOf(await say("/queue"))).toMatch(/^messages while a turn runs: queue \(the default\)/);
    expect(await outputOf(await say("/queue steer"))).toMatch(/^From now on, messages while a turn runs: steer: /);
    await runtime.close();
    const again = await harness.open();
    const turn = await again.submit(harness.message("begin"));
    await turn.outcome;
    expect((await again.turn(turn.turnId))?.input.mode).toBe("steer");
    const elsewhere = await again.submit(harness.message("/status", { origin: "http" }));
    expect(await outputOf(elsewhere)).toContain("messages while a turn runs: steer:");
  });

  it("makes a message steer that says nothing of it, and one that says otherwise does otherwise", async () => {
    const { reached, open, say } = await openGated();
    await say("/queue steer");
    const first = await say("begin");
    await reached;
    const [steers, queues] = [await say("and mind the cat"), await say("a question", { mode: "queue" })];
    open();
    expect((await ends([first, steers, queues])).map(({ output }) => output)).toEqual(["answer 1", "answer 1", "answer 2"]);
    expect(textsOf(harness.provider.requests[1])).toEqual(["begin", "and mind the cat"]);
  });

  it("is the configured one where nobody chose, and again after /queue default", async () => {
    const { runtime, say } = await openGated({ agent: { queueMode: "collect" }, script: [textReply("one"), textReply("two"), textReply("three")] });
    const modeOf = async (handle: TurnHandle): Promise<QueueMode | undefined> => (await handle.outcome, (await runtime.turn(handle.turnId))?.input.mode);
    expect(await modeOf(await say("hi"))).toBe("collect");
    await say("/queue Interrupt");
    expect(await modeOf(await say("hi"))).toBe("interrupt");
    expect(await outputOf(await say("/queue default"))).toContain("collect (the default)");
    expect(await modeOf(await say("hi"))).toBe("collect");
  });

  it("is none that there is not, and goes with its session when that is erased", async () => {
    const { runtime, say } = await openGated({ script: [textReply("one")] });
    expect(await outputOf(await say("/queue soon"))).toBe('There is no mode "soon"; choose queue, steer, collect, interrupt or default.');
    await say("/queue steer");
    expect(await runtime.store.listDocuments("conversation")).toHaveLength(1);
    await (await say("hi")).outcome;
    expect(await runtime.deleteSession("test:a")).toBe(true);
    expect(await runtime.store.listDocuments("conversation")).toEqual([]);
  });
});

describe("words that wait", () => {
  it.each<readonly [string, Partial<IncomingMessage>]>([
    ["of somebody else", { principal: { id: "token:guest", scopes: ["chat"] } }],
    ["of the same one with fewer rights", { principal: { id: owner.id, scopes: ["chat"] } }],
    ["with another autonomy", { autonomy: "readonly" }],
    ["where nobody can be asked", { interactive: false }],
    ["with other bounds", { limits: { maxRounds: 1 } }],
    ["for another model", { model: "small" }],
    ["whose answer goes to another place", { conversation: "room:1" }],
    ["with a picture", { attachments: [{ type: "image", data: "AAAA", mimeType: "image/png" }] }],
  ])("are a turn of their own and no part of another's: %s", async (_what, more) => {
    for (const mode of ["steer", "collect"] as const) {
      const { reached, open, say } = await openGated();
      const first = await say("begin", { mode });
      await reached;
      const second = await say("do as I say", { mode, ...more });
      open();
      await ends([first, second]);
      expect(textsOf(harness.provider.requests[1])).toEqual(["begin"]);
      expect(harness.provider.requests).toHaveLength(3);
      await harness.dispose();
    }
  });

  it("are taken in once, however many they are, and none of them is answered again", async () => {
    const { reached, open, say } = await openGated();
    const first = await say("begin");
    await reached;
    const rest: TurnHandle[] = [];
    for (let index = 0; index < 200; index += 1) rest.push(await say(`word ${index}`, { mode: "collect" }));
    open();
    const outcomes = await ends([first, ...rest]);
    expect(harness.provider.requests).toHaveLength(3);
    expect(new Set(outcomes.slice(1).map(({ output, status }) => `${status}: ${output}`))).toEqual(new Set(["completed: answer 2"]));
  });

  it("are found in the turn that took them in also behind one that was cancelled before they came", async () => {
    const { runtime, reached, open, say } = await openGated();
    const first = await say("begin");
    await reached;
    const waiting = await say("waits");
    await harness.host.clock.advance(10);
    expect(await runtime.cancel(waiting.turnId)).toBe(true);
    await harness.host.clock.advance(10);
    const steers = await say("and mind the cat", { mode: "steer" });
    open();
    const [one, , three] = await ends([first, waiting, steers]);
    expect([three?.output, harness.provider.requests.length]).toEqual([one?.output, 2]);
  });
});

describe("turns at the same time", () => {
  /** A model that counts how many it answers at once. */
  function counting(): { readonly script: () => Promise<ScriptedReply>; readonly most: () => number; open(): void } {
    const opened = Promise.withResolvers<void>();
    let inside = 0;
    let most = 0;
    const script = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await opened.promise;
      inside -= 1;
      return textReply("done");
    };
    return { script, most: () => most, open: opened.resolve };
  }

  it("are as many as configured, and no more", async () => {
    const { script, most, open } = counting();
    const { say } = await openGated({ script, agent: { maxConcurrentTurns: 2 } });
    const handles = await Promise.all(Array.from({ length: 8 }, (_, index) => say("hi", { sessionId: `test:${index}` })));
    await expect.poll(most).toBe(2);
    open();
    expect((await ends(handles)).every(({ status }) => status === "completed")).toBe(true);
    expect(most()).toBe(2);
  });

  it("leave their place to others while they wait for a person", async () => {
    const { runtime, say } = await openGated({
      agent: { maxConcurrentTurns: 1 },
      policy: { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) },
      script: [callReply([{ name: "echo.append", arguments: { text: "x" } }]), textReply("meanwhile"), textReply("done")],
    });
    const asking = await say("append");
    await expect.poll(() => runtime.asks().length).toBe(1);
    expect(await outputOf(await say("hi", { sessionId: "test:b" }))).toBe("meanwhile");
    await say("/approve");
    expect(await outputOf(asking)).toBe("done");
  });

  it("have one place each, also where a call asked and did not wait for the answer, whose question is closed then", async () => {
    const { script, most, open } = counting();
    const isOver = Promise.withResolvers<void>();
    const ask: Tool = {
      name: "echo.ask",
      description: "Asks, and goes on without an answer.",
      inputSchema: { type: "object" },
      effect: "read",
      execute: async (_input, context) => (void context.ask({ question: "which?" }), await isOver.promise, { content: [] }),
    };
    const { runtime, say } = await openGated({
      agent: { maxConcurrentTurns: 1 },
      tools: [ask],
      script: (_request, index) => (index === 0 ? callReply([{ name: "echo.ask", arguments: {} }]) : script()),
    });
    const first = await say("go");
    await expect.poll(() => runtime.asks().length).toBe(1);
    isOver.resolve();
    await expect.poll(() => harness.provider.requests.length).toBe(2);
    expect([runtime.asks(), (await runtime.turn(first.turnId))?.status]).toEqual([[], "running"]);
    const second = await say("hi", { sessionId: "test:b" });
    await harness.host.clock.advance(1_000);
    open();
    expect([(await ends([first, second])).map(({ output }) => output), most()]).toEqual([["done", "done"], 1]);
  });

  it("end at once when they are stopped while they wait for a person", async () => {
    const gate = Promise.withResolvers<void>();
    const { runtime, say } = await openGated({
      agent: { maxConcurrentTurns: 1 },
      policy: { autonomy: "supervised", decide: () => ({ verdict: "ask", reason: "sure?", rule: "test" }) },
      script: async (_request, index) => (index === 0 ? callReply([{ name: "echo.append", arguments: { text: "x" } }]) : (await gate.promise, textReply("held"))),
    });
    const asking = await say("append");
    await expect.poll(() => runtime.asks().length).toBe(1);
    const holding = await say("hi", { sessionId: "test:b" });
    await expect.poll(() => harness.provider.requests.length).toBe(2);
    await runtime.cancel(asking.turnId);
    expect((await asking.outcome).status).toBe("cancelled");
    gate.resolve();
    expect(await outputOf(holding)).toBe("held");
  });
});
