import type { TurnOutcome } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { EventQueue } from "../src/event-queue.ts";
import type { PlacedEvent, TurnEvent } from "../src/index.ts";
import { createEventQueue } from "../src/event-queue.ts";

const text: TurnEvent = { type: "text-delta", text: "x" };
const result: TurnEvent = { type: "tool-result", callId: "c", name: "files.read", status: "completed", preview: "" };
const question: TurnEvent = { type: "ask", ask: { askId: "a", kind: "question", tool: "x.y", arguments: {}, reason: "", expiresAt: 1 } };
const outcome: TurnOutcome = { status: "completed", sessionId: "http:a", turnId: "t", output: "", rounds: 1, toolCalls: [], usage: { inputTokens: 1, outputTokens: 1 }, error: null };
const end: TurnEvent = { type: "turn-end", outcome };

interface Filled {
  readonly queue: EventQueue;
  push(event: TurnEvent, times?: number, characters?: number): void;
  /** How often it was left. */
  leaves(): number;
}

/** An empty queue; what is pushed is placed at 1, 2, … */
function open(): Filled {
  let leaves = 0;
  let id = 0;
  const queue = createEventQueue(() => (leaves += 1));
  return {
    queue,
    leaves: () => leaves,
    push(event, times = 1, characters = 100) {
      for (let time = 0; time < times; time += 1) queue.push({ id: String((id += 1)), event }, characters);
    },
  };
}

const isReset = ({ event }: PlacedEvent): boolean => event.type === "text-reset";

/** The next few that are read, by id and type. */
async function take(events: AsyncIterator<PlacedEvent>, count: number): Promise<readonly (readonly [string, string])[]> {
  const taken: (readonly [string, string])[] = [];
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    taken.push([next.value.id, next.value.event.type]);
    if (taken.length === count) break;
  }
  return taken;
}

describe("events that wait for their reader", () => {
  it("are given in order as they come, and end", async () => {
    const { queue, push, leaves } = open();
    push(text);
    const reading = Array.fromAsync(queue);
    await new Promise((resolve) => setImmediate(resolve));
    push(question);
    push(end);
    queue.end();
    expect([(await reading).map(({ id }) => id), leaves()]).toEqual([["1", "2", "3"], 0]);
  });

  it("are at most 8,192: the oldest text and progress goes, which is told where it was", async () => {
    const { queue, push, leaves } = open();
    push(result);
    push(text, 100);
    push(question);
    push({ type: "progress", callId: "c", text: "" }, 100);
    push(text, 8_100);
    push(end);
    queue.end();
    const read = await Array.fromAsync(queue);
    expect(read).toHaveLength(8_194);
    expect(read.slice(0, 4).map(({ id, event }) => [id, event.type])).toEqual([["1", "tool-result"], ["102", "ask"], ["112", "text-reset"], ["113", "progress"]]);
    expect([read.filter(isReset).length, read.at(-1)?.event, leaves()]).toEqual([1, end, 0]);
  });

  it("are of at most 4,194,304 characters together", async () => {
    const { queue, push } = open();
    push(result, 1, 1_000_000);
    push(text, 10, 1_000_000);
    queue.end();
    const read = await Array.fromAsync(queue);
    expect(read.map(({ id }) => id)).toEqual(["1", "8", "9", "10", "11"]);
    expect(read.filter(isReset)).toEqual([{ id: "8", event: { type: "text-reset", reason: "lagged" } }]);
  });

  it("are told to be lost each time that some are, also where nothing comes after them", async () => {
    const { queue, push } = open();
    push(text, 2, 3_000_000);
    const events = queue[Symbol.asyncIterator]();
    expect(await take(events, 2)).toEqual([["1", "text-reset"], ["2", "text-delta"]]);
    push(result, 1, 4_000_000);
    push(text, 1, 1_000_000);
    queue.end();
    expect(await take(events, 3)).toEqual([["3", "tool-result"], ["4", "text-reset"]]);
  });

  it("end with an error, after what was kept, where nothing of them may be lost", async () => {
    const { queue, push, leaves } = open();
    push(result, 8_000);
    push(question, 193);
    push(end);
    const read: PlacedEvent[] = [];
    const reading = async (): Promise<void> => {
      for await (const each of queue) read.push(each);
    };
    await expect(reading()).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    expect([read.length, read.at(-1)?.id, read.some(isReset), leaves()]).toEqual([8_192, "8192", false, 1]);
  });

  it("are kept however large one alone is, and so is the end with what waits before it", async () => {
    const { queue, push, leaves } = open();
    push(question, 1, 5_000_000);
    const events = queue[Symbol.asyncIterator]();
    expect(await take(events, 1)).toEqual([["1", "ask"]]);
    push(text, 1, 3_000_000);
    push(end, 1, 9_000_000);
    queue.end();
    expect([await take(events, 3), leaves()]).toEqual([[["2", "text-delta"], ["3", "turn-end"]], 0]);
  });

  it("are forgotten when the reader leaves", async () => {
    const { queue, push, leaves } = open();
    push(text, 3);
    queue.leave();
    push(text);
    expect([await Array.fromAsync(queue), leaves()]).toEqual([[], 1]);
  });
});
