import { createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createEncoderQueue } from "../src/encoder-queue.ts";
import { createFakeThreads, dimensions } from "./fake-thread.ts";

function createPlace() {
  const threads = createFakeThreads();
  const clock = createManualClock();
  const queue = createEncoderQueue({ start: threads.start, clock, idleMs: 300_000, batchTimeoutMs: 60_000, dimensions });
  const encode = (text: string, signal: AbortSignal = new AbortController().signal): Promise<readonly Float32Array[]> => {
    const outcome = queue.encode([text], signal);
    outcome.catch(() => undefined);
    return outcome;
  };
  return { threads, clock, queue, encode };
}

describe("the queue", () => {
  it("starts its thread with the first batch, and gives it one batch after another", async () => {
    const { threads, encode } = createPlace();
    expect(threads.started).toHaveLength(0);
    const outcomes = [encode("a"), encode("bb")];
    expect(threads.last().requests.map(({ texts }) => texts)).toEqual([["a"]]);
    threads.answer();
    expect(threads.last().requests.map(({ texts }) => texts)).toEqual([["a"], ["bb"]]);
    threads.answer();
    expect((await Promise.all(outcomes)).map(([vector]) => vector?.[0])).toEqual([1, 2]);
    expect(threads.started).toHaveLength(1);
  });

  it("keeps the process alive while it works, and not after, and leaves one timer: that of idling", async () => {
    const { threads, clock, encode } = createPlace();
    const outcome = encode("a");
    expect(threads.last().isHeld).toBe(true);
    threads.answer();
    await outcome;
    expect(threads.last().isHeld).toBe(false);
    expect(clock.pending).toBe(1);
  });

  it("ends a thread that has been idle for as long as the options say, and starts another when it is needed", async () => {
    const { threads, clock, encode } = createPlace();
    for (const text of ["a", "b"]) {
      const outcome = encode(text);
      threads.answer();
      await outcome;
      await clock.advance(200_000);
    }
    expect(threads.last().isEnded).toBe(false);
    await clock.advance(100_000);
    expect(threads.last().isEnded).toBe(true);
    const outcome = encode("c");
    expect(threads.started).toHaveLength(2);
    threads.answer();
    await expect(outcome).resolves.toHaveLength(1);
  });

  it("rejects at once what is aborted, running or waiting, and goes on with the rest", async () => {
    const { threads, encode } = createPlace();
    const controller = new AbortController();
    const [running, waiting, other] = [encode("a", controller.signal), encode("b", controller.signal), encode("c")];
    controller.abort(new Error("stopped"));
    await expect(running).rejects.toThrow("stopped");
    await expect(waiting).rejects.toThrow("stopped");
    threads.answer();
    expect(threads.last().requests.map(({ texts }) => texts)).toEqual([["a"], ["c"]]);
    threads.answer();
    await expect(other).resolves.toHaveLength(1);
  });

  it("gives a batch over which its thread died to another thread, once", async () => {
    const { threads, clock, encode } = createPlace();
    const outcome = encode("a");
    threads.die();
    expect(threads.started).toHaveLength(2);
    threads.answer();
    await expect(outcome).resolves.toHaveLength(1);
    expect(clock.pending).toBe(1);
    const doomed = encode("b");
    threads.die();
    threads.die("out of memory");
    await expect(doomed).rejects.toMatchObject({ code: "embedder.failed", retryable: true, message: expect.stringMatching(/out of memory/) });
  });

  it("starts no thread for a minute after three died in a row, then tries again", async () => {
    const { threads, clock, encode } = createPlace();
    const outcomes = [encode("a"), encode("b")];
    for (let death = 0; death < 3; death++) threads.die();
    for (const outcome of outcomes) await expect(outcome).rejects.toMatchObject({ code: "embedder.failed", retryable: true });
    expect(threads.started).toHaveLength(3);
    await expect(encode("c")).rejects.toMatchObject({ message: expect.stringMatching(/3 times in a row/) });
    expect(threads.started).toHaveLength(3);
    await clock.advance(60_000);
    const outcome = encode("d");
    threads.answer();
    await expect(outcome).resolves.toHaveLength(1);
    void encode("e");
    threads.die();
    expect(threads.started).toHaveLength(5);
  });

  it("ends a thread that is silent for too long, and gives what waits to another, which its end does not touch", async () => {
    const { threads, clock, encode } = createPlace();
    const [outcome, other] = [encode("a"), encode("b")];
    const [thread] = threads.started;
    await clock.advance(60_000);
    await expect(outcome).rejects.toMatchObject({ code: "embedder.failed", message: expect.stringMatching(/within 60 s/) });
    expect(thread?.isEnded).toBe(true);
    expect(threads.started).toHaveLength(2);
    threads.answer();
    await expect(other).resolves.toHaveLength(1);
  });

  it("starts another thread when one died while it was idle, without counting it", async () => {
    const { threads, encode } = createPlace();
    for (let round = 0; round < 5; round++) {
      const outcome = encode("a");
      threads.answer();
      await outcome;
      threads.die();
    }
    expect(threads.started).toHaveLength(5);
  });

  it("tells why the model could not be loaded, and which packages it needs", async () => {
    const { threads, encode } = createPlace();
    const outcome = encode("a");
    threads.answer(({ id }) => ({ id, problem: "Cannot find package '@energetic-ai/embeddings'" }));
    await expect(outcome).rejects.toMatchObject({ code: "embedder.failed", retryable: false, message: expect.stringMatching(/Cannot find package.*install them/) });
  });

  it.each([
    ["too few vectors", []],
    ["a vector of another length", [new Float32Array(3)]],
    ["a number that is none", [Float32Array.of(1, 2, 3, Number.NaN)]],
  ])("refuses %s", async (_title, vectors) => {
    const { threads, encode } = createPlace();
    const outcome = encode("a");
    threads.answer(({ id }) => ({ id, vectors }));
    await expect(outcome).rejects.toMatchObject({ code: "embedder.failed" });
  });

  it("refuses everything once it is closed, and ends its thread", async () => {
    const { threads, clock, queue, encode } = createPlace();
    const outcomes = [encode("a"), encode("b")];
    await queue.close();
    await queue.close();
    for (const outcome of [...outcomes, encode("c")]) await expect(outcome).rejects.toMatchObject({ code: "embedder.failed" });
    expect(threads.last().isEnded).toBe(true);
    expect(threads.started).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it("rejects with what kept a thread from starting", async () => {
    const queue = createEncoderQueue({ start: () => { throw new Error("no threads left"); }, clock: createManualClock(), idleMs: 1, batchTimeoutMs: 1, dimensions });
    await expect(queue.encode(["a"], new AbortController().signal)).rejects.toMatchObject({ code: "embedder.failed", message: "no threads left" });
    await expect(queue.encode(["a"], new AbortController().signal)).rejects.toMatchObject({ code: "embedder.failed" });
  });
});
