import { afterEach, describe, expect, it } from "vitest";
import type { ModelRequest, QueueMode, Store, TurnOutcome } from "@omni/core";
import { OmniError } from "@omni/core";
import type { ScriptedReply } from "@omni/testkit/fakes";
import { callReply, textReply } from "@omni/testkit/fakes";
import type { RuntimeHarness, RuntimeHarnessOptions } from "./runtime-harness.ts";
import type { Runtime, TurnHandle } from "../src/runtime.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";

let harness: RuntimeHarness;
afterEach(() => harness.dispose());

interface Gate {
  readonly reached: Promise<void>;
  open(): void;
}

/** A model whose first reply of the session waits at a gate; `first` is that reply. */
async function openAtGate(first: ScriptedReply, options: Pick<RuntimeHarnessOptions, "agent" | "store"> = {}): Promise<{ readonly runtime: Runtime; readonly gate: Gate }> {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  harness = await createRuntimeHarness({
    ...options,
    script: async (_request, index) => {
      if (index > 0) return textReply(`answer ${index}`);
      reached.resolve();
      await opened.promise;
      return first;
    },
  });
  return { runtime: await harness.open(), gate: { reached: reached.promise, open: opened.resolve } };
}

function say(runtime: Runtime, text: string, mode?: QueueMode): Promise<TurnHandle> {
  return runtime.submit(harness.message(text, mode === undefined ? {} : { mode }));
}

function textsOf(request: ModelRequest | undefined): readonly string[] {
  return (request?.messages ?? []).flatMap((message) => (message.role === "user" ? message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])) : [])).filter((text) => !text.startsWith("<time>"));
}

/** Moves the clock until the store says that it has ended. */
async function untilEnded(runtime: Runtime, { turnId }: TurnHandle): Promise<void> {
  const isOpen = async (): Promise<boolean> => (await runtime.turn(turnId))?.outcome == null;
  for (let step = 0; step < 100 && (await isOpen()); step += 1) await harness.host.clock.advance(500);
  expect(await isOpen()).toBe(false);
}

const ends = (handles: readonly TurnHandle[]): Promise<readonly TurnOutcome[]> => Promise.all(handles.map((handle) => handle.outcome));

describe("a message that steers", () => {
  it("is told to the running turn before its next model call, and ends as that turn does", async () => {
    const { runtime, gate } = await openAtGate(callReply([{ name: "echo.say", arguments: { text: "x" } }]));
    const first = await say(runtime, "begin");
    await gate.reached;
    const second = await say(runtime, "and mind the cat", "steer");
    gate.open();
    const [one, two] = await ends([first, second]);
    expect(harness.provider.requests).toHaveLength(2);
    expect(textsOf(harness.provider.requests[1])).toEqual(["begin", "and mind the cat"]);
    expect(one).toMatchObject({ status: "completed", output: "answer 1" });
    expect(two).toMatchObject({ status: "completed", output: "answer 1", rounds: 0, toolCalls: [], turnId: second.turnId });
  });

  it("is a turn of its own where nothing runs, or where the turn ends before it could be told", async () => {
    const { runtime, gate } = await openAtGate(textReply("done at once"));
    const first = await say(runtime, "begin");
    await gate.reached;
    const second = await say(runtime, "too late", "steer");
    gate.open();
    expect((await ends([first, second])).map(({ output }) => output)).toEqual(["done at once", "answer 1"]);
    expect((await (await say(runtime, "alone", "steer")).outcome).output).toBe("answer 2");
  });

  it("stays in the history of later turns, and is not answered again after a restart", async () => {
    const { runtime, gate } = await openAtGate(callReply([{ name: "echo.say", arguments: { text: "x" } }]));
    const first = await say(runtime, "begin");
    await gate.reached;
    const second = await say(runtime, "mind the cat", "steer");
    gate.open();
    await ends([first, second]);
    await runtime.close();
    const again = await harness.open();
    expect(await again.recover()).toBe(0);
    await (await say(again, "go on")).outcome;
    expect(textsOf(harness.provider.requests.at(-1))).toEqual(["begin", "mind the cat", "go on"]);
  });

  it("can be cancelled until it was told, and not after", async () => {
    const { runtime, gate } = await openAtGate(callReply([{ name: "echo.say", arguments: { text: "x" } }]));
    const first = await say(runtime, "begin");
    await gate.reached;
    const second = await say(runtime, "never mind", "steer");
    expect(await runtime.cancel(second.turnId)).toBe(true);
    gate.open();
    const [one, two] = await ends([first, second]);
    expect([one?.status, two?.status]).toEqual(["completed", "cancelled"]);
    expect(textsOf(harness.provider.requests[1])).toEqual(["begin"]);
  });
});

describe("a message that steers where the turn asks no model any more", () => {
  it("is a turn of its own: nobody would read it", async () => {
    const { runtime, gate } = await openAtGate(callReply([{ name: "echo.say", arguments: { text: "x" } }]), { agent: { maxRounds: 1 } });
    const first = await say(runtime, "begin");
    await gate.reached;
    const second = await say(runtime, "and mind the cat", "steer");
    gate.open();
    expect((await ends([first, second])).map(({ status, rounds, output }) => [status, rounds, output.startsWith("answer")])).toEqual([["limited", 1, false], ["completed", 1, true]]);
  });
});

describe("a message that steers and that another process runs", () => {
  it("is told to no turn of the process that took it in", async () => {
    const reached = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    harness = await createRuntimeHarness({
      agent: { maxConcurrentTurns: 1 },
      script: async (request) => {
        const last = request.messages.at(-1)?.role === "user" ? textsOf(request).at(-1) : undefined;
        if (last === "call") return callReply([{ name: "echo.say", arguments: { text: "x" } }]);
        if (last === "elsewhere") {
          reached.resolve();
          await opened.promise;
        }
        return textReply("done");
      },
    });
    const [here, there] = [await harness.open(), await harness.open()];
    const elsewhere = await here.submit(harness.message("elsewhere", { sessionId: "test:b" }));
    await reached.promise;
    const steering = await say(here, "mind the cat", "steer");
    const later = await say(there, "later");
    await untilEnded(there, later);
    expect((await here.turn(steering.turnId))?.outcome).toMatchObject({ status: "completed", rounds: 1 });
    opened.resolve();
    await ends([elsewhere, steering]);
    await ends([await say(here, "call")]);
    expect(textsOf(harness.provider.requests.at(-1))).toEqual(["mind the cat", "later", "call"]);
  });
});

describe("a turn that was cancelled while it waited", () => {
  it("takes nothing of what was said before out of sight", async () => {
    const { runtime, gate } = await openAtGate(textReply("first"));
    const first = await say(runtime, "begin");
    await gate.reached;
    const waiting = await say(runtime, "waits");
    await runtime.cancel(waiting.turnId);
    gate.open();
    await ends([first, waiting]);
    await (await say(runtime, "go on")).outcome;
    expect(textsOf(harness.provider.requests.at(-1))).toEqual(["begin", "go on"]);
  });
});

describe("messages that collect", () => {
  it("become one turn with all that wait like them, in order, and each has its ending", async () => {
    const { runtime, gate } = await openAtGate(textReply("first"));
    const first = await say(runtime, "begin");
    await gate.reached;
    const rest = [await say(runtime, "milk", "collect"), await say(runtime, "eggs", "collect"), await say(runtime, "bread", "collect")];
    gate.open();
    const outcomes = await ends([first, ...rest]);
    expect(harness.provider.requests).toHaveLength(2);
    expect(textsOf(harness.provider.requests[1])).toEqual(["begin", "milk", "eggs", "bread"]);
    expect(outcomes.map(({ output }) => output)).toEqual(["first", "answer 1", "answer 1", "answer 1"]);
  });

  it("are not carried out again where the store does not take the ending of one at first", async () => {
    let refusals = 0;
    const full = (store: Store): Store => ({
      ...store,
      async append(turnId, fence, events, outbox) {
        if (events.some((event) => event.type === "turn-end" && event.rounds === 0) && ++refusals <= 6) throw new OmniError("store.full", "The disk is full.");
        return store.append(turnId, fence, events, outbox);
      },
    });
    const { runtime, gate } = await openAtGate(textReply("first"), { store: full });
    const first = await say(runtime, "begin");
    await gate.reached;
    const [milk, eggs] = [await say(runtime, "milk", "collect"), await say(runtime, "eggs", "collect")];
    const told = eggs.outcome.catch((error: unknown) => error);
    gate.open();
    await ends([first, milk]);
    await untilEnded(runtime, eggs);
    expect([await told, refusals, harness.provider.requests.length]).toEqual([expect.objectContaining({ code: "store.full" }), 7, 2]);
    expect((await runtime.turn(eggs.turnId))?.outcome).toMatchObject({ status: "completed", output: "answer 1", rounds: 0 });
  });

  it("leave what waits in another way alone", async () => {
    const { runtime, gate } = await openAtGate(textReply("first"));
    const first = await say(runtime, "begin");
    await gate.reached;
    const rest = [await say(runtime, "milk", "collect"), await say(runtime, "a question"), await say(runtime, "eggs", "collect")];
    gate.open();
    const outcomes = await ends([first, ...rest]);
    expect(outcomes.map(({ output }) => output)).toEqual(["first", "answer 1", "answer 2", "answer 1"]);
  });
});

describe("a message that interrupts", () => {
  it("cancels what runs and waits in its session, and nothing elsewhere", async () => {
    const { runtime, gate } = await openAtGate(textReply("never seen"));
    const first = await say(runtime, "begin");
    await gate.reached;
    const waiting = await say(runtime, "waits");
    const elsewhere = await runtime.submit(harness.message("elsewhere", { sessionId: "test:b" }));
    const urgent = await say(runtime, "urgent", "interrupt");
    gate.open();
    const outcomes = await ends([first, waiting, elsewhere, urgent]);
    expect(outcomes.map(({ status }) => status)).toEqual(["cancelled", "cancelled", "completed", "completed"]);
  });

  it("cancels another one that came in the same moment", async () => {
    const { runtime, gate } = await openAtGate(textReply("never seen"));
    const urgent = await Promise.all([say(runtime, "urgent", "interrupt"), say(runtime, "more urgent", "interrupt")]);
    gate.open();
    expect((await ends(urgent)).map(({ status }) => status)).toEqual(["cancelled", "completed"]);
  });

  it("cancels all that waits at once, not one write after another", async () => {
    let most = 0;
    let open = 0;
    const counted = (store: Store): Store => ({
      ...store,
      async cancelQueued(...given) {
        open += 1;
        most = Math.max(most, open);
        return store.cancelQueued(...given).finally(() => (open -= 1));
      },
    });
    const { runtime, gate } = await openAtGate(textReply("never seen"), { store: counted });
    const before = [await say(runtime, "begin")];
    await gate.reached;
    for (let count = 0; count < 8; count += 1) before.push(await say(runtime, `waits ${count}`));
    const urgent = await say(runtime, "urgent", "interrupt");
    gate.open();
    expect(new Set((await ends(before)).map(({ status }) => status))).toEqual(new Set(["cancelled"]));
    expect([(await urgent.outcome).status, most]).toEqual(["completed", 9]);
  });

  it("is taken where what came before it cannot be looked for, and waits for that", async () => {
    const { runtime, gate } = await openAtGate(textReply("first"), { store: (store) => ({ ...store, unfinished: () => Promise.reject(new OmniError("store.busy", "locked", { retryable: true })) }) });
    const first = await say(runtime, "begin");
    await gate.reached;
    const urgent = await say(runtime, "urgent", "interrupt");
    gate.open();
    expect((await ends([first, urgent])).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("is taken where the session is full, and cancels what fills it; one that steers is not", async () => {
    const { runtime, gate } = await openAtGate(textReply("never seen"), { agent: { maxQueuedTurns: 2 } });
    const before = [await say(runtime, "begin")];
    await gate.reached;
    before.push(await say(runtime, "waits"), await say(runtime, "waits too"));
    for (const mode of ["queue", "steer", "collect"] as const) await expect(say(runtime, "one more", mode)).rejects.toMatchObject({ code: "session.full" });
    const urgent = await say(runtime, "urgent", "interrupt");
    gate.open();
    expect((await ends([...before, urgent])).map(({ status }) => status)).toEqual(["cancelled", "cancelled", "cancelled", "completed"]);
    for (const { turnId } of before) expect((await runtime.turn(turnId))?.outcome).toMatchObject({ status: "cancelled", error: { code: "turn.cancelled" } });
  });

  it("has one place more than others and no further one, however many come at once", async () => {
    const waiting: number[] = [];
    const counted = (store: Store): Store => ({
      ...store,
      async accept(turn) {
        const result = await store.accept(turn);
        waiting.push((await store.unfinished(turn.input.sessionId)).filter(({ status }) => status === "queued").length);
        return result;
      },
    });
    const { runtime, gate } = await openAtGate(textReply("never seen"), { agent: { maxQueuedTurns: 2 }, store: counted });
    const before = [await say(runtime, "begin")];
    await gate.reached;
    before.push(await say(runtime, "waits"), await say(runtime, "waits too"));
    const tried = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => say(runtime, `urgent ${index}`, "interrupt")));
    gate.open();
    expect(Math.max(...waiting)).toBe(3);
    expect(tried.flatMap((each) => (each.status === "rejected" ? [(each.reason as OmniError).code] : []))).toEqual(expect.arrayContaining(["session.full"]));
    const taken = tried.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const statuses = (await ends([...before, ...taken])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([...Array.from({ length: statuses.length - 1 }, () => "cancelled"), "completed"]);
    expect(await runtime.store.unfinished()).toEqual([]);
  });
});
