import { describe, expect, it } from "vitest";
import type { AgentEvent, TurnOutcome } from "@omni/core";
import type { LiveEvent } from "../src/turn-stream.ts";
import { createTurnStream } from "../src/turn-stream.ts";

const outcome: TurnOutcome = { status: "completed", sessionId: "cli:a", turnId: "t", output: "", rounds: 1, toolCalls: [], usage: { inputTokens: 0, outputTokens: 0 }, error: null };
const textOf = (events: readonly LiveEvent[]): string => events.map(({ event }) => (event.type === "text-delta" ? event.text : `<${event.type}>`)).join("");

/** Everything that is read but the end, which is the same everywhere. */
const all = async (events: AsyncIterable<LiveEvent>): Promise<readonly LiveEvent[]> => (await Array.fromAsync(events)).filter(({ event }) => event.type !== "turn-end");

describe("createTurnStream", () => {
  it("gives every reader all events, in order, whenever it comes", async () => {
    const stream = createTurnStream();
    stream.begin(1);
    const early = all(stream.read());
    stream.publish({ type: "text-delta", text: "a" });
    await Promise.resolve();
    stream.publish({ type: "text-delta", text: "b" });
    const middle = all(stream.read());
    stream.end(outcome);
    const late = all(stream.read());
    for (const events of await Promise.all([early, middle, late])) {
      expect(textOf(events)).toBe("ab");
      expect(events.at(-1)?.id).toBe("1.2");
    }
    expect(await stream.outcome).toBe(outcome);
  });

  it("gives text that came together as one event under the last one's id, and nothing else together", async () => {
    const stream = createTurnStream();
    stream.begin(1);
    const events = all(stream.read());
    await Promise.resolve();
    for (const text of ["a", "b", "c"]) stream.publish({ type: "text-delta", text });
    stream.publish({ type: "progress", callId: "r1c0", text: "half" });
    stream.publish({ type: "progress", callId: "r1c0", text: "all" });
    stream.publish({ type: "text-delta", text: "d" });
    stream.end(outcome);
    expect((await events).map(({ id, event }) => [id, event.type])).toEqual([["1.3", "text-delta"], ["1.4", "progress"], ["1.5", "progress"], ["1.6", "text-delta"]]);
    expect(textOf(await events)).toBe("abc<progress><progress>d");
  });

  it("tells of an end that no run told of, once", async () => {
    const waited = createTurnStream();
    const early = Array.fromAsync(waited.read());
    waited.end({ ...outcome, status: "cancelled" });
    for (const events of [await early, await Array.fromAsync(waited.read())]) expect(events.map(({ event }) => event)).toEqual([expect.objectContaining({ type: "turn-end", status: "cancelled" })]);
    const ran = createTurnStream();
    ran.publish({ type: "turn-end", ...outcome, tokens: 1, at: 1 });
    ran.end(outcome);
    const broken = createTurnStream();
    broken.end(new Error("no"));
    expect([(await Array.fromAsync(ran.read())).length, (await Array.fromAsync(broken.read())).length, ran.hasTurnEnd, broken.hasTurnEnd]).toEqual([1, 0, true, false]);
  });

  it("resumes after a known id without gap or repeat", async () => {
    const stream = createTurnStream();
    for (const text of ["a", "b", "c"]) stream.publish({ type: "text-delta", text });
    stream.end(outcome);
    expect(textOf(await all(stream.read("1.2")))).toBe("c");
    expect(textOf(await all(stream.read("1.3")))).toBe("");
  });

  it("tells a reader whose id it does not know to begin again", async () => {
    const stream = createTurnStream();
    stream.begin(2);
    stream.publish({ type: "text-delta", text: "x" });
    stream.end(outcome);
    const events = await all(stream.read("1.9"));
    expect(textOf(events)).toBe("<text-reset><text-reset>x");
    expect(events.at(-1)?.id).toBe("2.2");
  });

  it("stays bounded and tells a reader that fell behind, without holding the writer up", async () => {
    const stream = createTurnStream();
    const reader = stream.read()[Symbol.asyncIterator]();
    stream.publish({ type: "text-delta", text: "first" });
    await reader.next();
    const piece = "x".repeat(100_000);
    for (let count = 0; count < 200; count += 1) stream.publish({ type: "text-delta", text: piece });
    stream.publish({ type: "text-delta", text: "last" });
    stream.end(outcome);
    const rest: LiveEvent[] = [];
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) rest.push(next.value);
    // Under the id it had last, so that one who resumes there is given what is still kept.
    expect(rest[0]).toEqual({ id: "1.1", event: { type: "text-reset", reason: "lagged" } });
    expect(rest.at(-2)?.event).toEqual({ type: "text-delta", text: "last" });
    expect(rest.length).toBeLessThan(60);
  });

  it.each<[string, (text: string) => AgentEvent]>([
    ["progress", (text) => ({ type: "progress", callId: "r1c0", text })],
    ["reasoning", (text) => ({ type: "reasoning-delta", text })],
    ["calls", (text) => ({ type: "tool-call", callId: "r1c0", round: 1, index: 0, name: "test.write", arguments: { a: [{ text }] }, effect: "once", idempotencyKey: "k", at: 1 })],
    ["results", (text) => ({ type: "tool-result", callId: "r1c0", round: 1, index: 0, name: "test.write", status: "completed", content: [{ type: "text", text }], at: 1 })],
    ["what was said meanwhile", (text) => ({ type: "steer", round: 1, text, at: 1 })],
    ["questions", (text) => ({ type: "ask", askId: "a", kind: "question", callId: "r1c0", tool: "test.ask", arguments: {}, digest: "", reason: "", question: text, at: 1, expiresAt: 2 })],
  ])("keeps no more of %s than of text", async (_what, toEvent) => {
    const stream = createTurnStream();
    for (let count = 0; count < 100; count += 1) stream.publish(toEvent("x".repeat(100_000)));
    expect(stream.size).toBeGreaterThan(4_000_000);
    expect(stream.size).toBeLessThanOrEqual(4_194_304);
    stream.end(outcome);
    expect(await all(stream.read())).toHaveLength(41);
  });

  it("counts the end of the turn, and gives up nothing for it", async () => {
    const stream = createTurnStream();
    stream.begin(1);
    stream.publish({ type: "text-delta", text: "x".repeat(4_000_000) });
    stream.end({ ...outcome, output: "x".repeat(4_000_000) });
    expect(stream.size).toBeGreaterThan(8_000_000);
    expect((await Array.fromAsync(stream.read())).map(({ event }) => event.type)).toEqual(["text-delta", "turn-end"]);
  });

  it("keeps the newest event, however large it is", async () => {
    const stream = createTurnStream();
    for (const size of [10, 5_000_000]) stream.publish({ type: "progress", callId: "r1c0", text: "x".repeat(size) });
    stream.end(outcome);
    expect((await all(stream.read())).map(({ id }) => id)).toEqual(["1.2"]);
  });

  it("tells who waits that the turn is held up, lets them go, and tells who comes later what comes of it", async () => {
    const stream = createTurnStream();
    stream.begin(1);
    stream.publish({ type: "text-delta", text: "half" });
    const [early, waiting] = [all(stream.read()), stream.outcome];
    stream.holdUp(new Error("full"));
    await expect(waiting).rejects.toThrow("full");
    expect(textOf(await early)).toBe("half");
    const late = all(stream.read("1.1"));
    const later = stream.outcome;
    stream.begin(1);
    stream.publish({ type: "text-delta", text: "whole" });
    stream.end(outcome);
    expect((await late).map(({ id, event }) => [id, event.type])).toEqual([["1.2", "text-reset"], ["1.3", "text-delta"]]);
    expect(await later).toBe(outcome);
  });

  it("lets a reader leave by its signal and its outcome reject without an unhandled rejection", async () => {
    const stream = createTurnStream();
    const leaving = new AbortController();
    const events = all(stream.read(undefined, leaving.signal));
    leaving.abort();
    expect(await events).toEqual([]);
    stream.end(new Error("the store failed"));
    await expect(stream.outcome).rejects.toThrow("the store failed");
  });
});
