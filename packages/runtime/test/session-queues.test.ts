import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { createSessionQueues } from "../src/session-queues.ts";

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("createSessionQueues", () => {
  it("runs the work of a session in order and never two at once, and all of it, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ session: fc.integer({ min: 0, max: 3 }), fails: fc.boolean(), ticks: fc.integer({ min: 0, max: 3 }) }), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (jobs, concurrency) => {
        const queues = createSessionQueues(concurrency);
        const done: { session: number; index: number }[] = [];
        const busy = new Set<number>();
        let most = 0;
        const results = jobs.map((job, index) =>
          queues.run(`s:${job.session}`, async () => {
            expect(busy.has(job.session)).toBe(false);
            busy.add(job.session);
            most = Math.max(most, busy.size);
            for (let tick = 0; tick < job.ticks; tick += 1) await settle();
            busy.delete(job.session);
            done.push({ session: job.session, index });
            if (job.fails) throw new Error("fails");
          }),
        );
        const ends = await Promise.allSettled(results);
        await queues.idle();
        expect(ends.map((end) => end.status)).toEqual(jobs.map((job) => (job.fails ? "rejected" : "fulfilled")));
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(queues.running).toBe(0);
        for (const session of [0, 1, 2, 3]) {
          const order = done.filter((each) => each.session === session).map((each) => each.index);
          expect(order).toEqual(order.toSorted((left, right) => left - right));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps places for what would begin at once, as many as are left, and none for a session where something waits", async () => {
    const queues = createSessionQueues(2);
    const [one, two] = [gate(), gate()];
    const first = queues.run("s:1", () => one.opened);
    await settle();
    expect(queues.reserve("s:1")).toBeUndefined();
    const giveUp = queues.reserve("s:2");
    expect([giveUp, queues.reserve("s:3")]).toEqual([expect.any(Function), undefined]);
    const second = queues.run("s:2", () => two.opened);
    giveUp?.();
    await settle();
    expect(queues.reserve("s:3")).toBeUndefined();
    one.open();
    two.open();
    await Promise.all([first, second]);
    await queues.idle();
    const both = [queues.reserve("s:1"), queues.reserve("s:3")];
    expect([...both, queues.reserve("s:4")]).toEqual([expect.any(Function), expect.any(Function), undefined]);
    for (const each of both) each?.();
    expect(queues.reserve("s:4")).toBeDefined();
  });

  it("overlaps different sessions", async () => {
    const queues = createSessionQueues(2);
    const one = gate();
    const first = queues.run("s:1", () => one.opened);
    await queues.run("s:2", async () => undefined);
    one.open();
    await first;
  });

  it("gives a free place to the work that has waited longest", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const order: string[] = [];
    const first = queues.run("s:1", () => holding.opened);
    const rest = ["s:2", "s:3", "s:4"].map((session) => queues.run(session, async () => void order.push(session)));
    holding.open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual(["s:2", "s:3", "s:4"]);
  });

  it("does not let a hundred works of one session delay another session's by more than the one that runs", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const order: string[] = [];
    const flood = Array.from({ length: 100 }, (_, index) => queues.run("s:flood", async () => (index === 0 ? holding.opened : void order.push("flood"))));
    const other = queues.run("s:other", async () => void order.push("other"));
    holding.open();
    await Promise.all([...flood, other]);
    expect([order.indexOf("other"), order.length, queues.open]).toEqual([0, 100, 0]);
  });
});

describe("work that is away", () => {
  const untroubled = new AbortController().signal;

  it("leaves its place to others, and goes on before those that wait for a first one", async () => {
    const queues = createSessionQueues(1);
    const [asked, holding] = [gate(), gate()];
    const order: string[] = [];
    const asking = queues.run("s:1", async () => {
      await queues.away("s:1", () => asked.opened, untroubled);
      order.push("asking");
    });
    await queues.run("s:2", async () => void order.push("second"));
    expect(queues.running).toBe(0);
    const third = queues.run("s:3", async () => (await holding.opened, void order.push("third")));
    await settle();
    const fourth = queues.run("s:4", async () => void order.push("fourth"));
    asked.open();
    await settle();
    holding.open();
    await Promise.all([asking, third, fourth]);
    expect([order, queues.running]).toEqual([["second", "third", "asking", "fourth"], 0]);
  });

  it("goes on at once when its wait fails, since it has only its end to write", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const refused = Promise.withResolvers<void>();
    const asking = queues.run("s:1", () => queues.away("s:1", () => refused.promise, untroubled));
    await settle();
    const second = queues.run("s:2", () => holding.opened);
    await settle();
    refused.reject(new Error("stopped"));
    await expect(asking).rejects.toThrow("stopped");
    holding.open();
    await second;
    expect(queues.running).toBe(0);
  });

  it("goes on at once where it is stopped while it waits for a place, and leaves the line", async () => {
    const queues = createSessionQueues(1);
    const [asked, holding, life] = [gate(), gate(), new AbortController()];
    const order: string[] = [];
    const asking = queues.run("s:1", async () => {
      await queues.away("s:1", () => asked.opened, life.signal);
      order.push("stopped");
    });
    await settle();
    const second = queues.run("s:2", async () => (await holding.opened, void order.push("second")));
    await settle();
    asked.open();
    await settle();
    expect(order).toEqual([]);
    life.abort();
    await asking;
    holding.open();
    await second;
    await queues.run("s:3", async () => void order.push("third"));
    expect([order, queues.running]).toEqual([["stopped", "second", "third"], 0]);
  });

  it("has one place to give up and take again, however many things it waits for and however it ends meanwhile", async () => {
    const plan = fc.record({ session: fc.integer({ min: 0, max: 4 }), waits: fc.array(fc.record({ begins: fc.integer({ min: 0, max: 4 }), ticks: fc.integer({ min: 0, max: 4 }), fails: fc.boolean() }), { maxLength: 3 }), stays: fc.option(fc.integer({ min: 0, max: 8 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), async (jobs, concurrency) => {
        const queues = createSessionQueues(concurrency);
        const pending: Promise<unknown>[] = [];
        const ticked = async (ticks: number): Promise<void> => {
          for (let tick = 0; tick < ticks; tick += 1) await settle();
        };
        const works = jobs.map(({ session, waits, stays }) =>
          queues.run(`s:${session}`, async () => {
            const wait = async ({ begins, ticks, fails }: (typeof waits)[number]): Promise<void> => {
              await ticked(begins);
              await queues.away(`s:${session}`, async () => (await ticked(ticks), fails ? Promise.reject(new Error("fails")) : undefined), untroubled).catch(() => undefined);
            };
            const away = waits.map(wait);
            pending.push(...away);
            await (stays === null ? Promise.all(away) : ticked(stays));
          }),
        );
        await Promise.all(works);
        await Promise.all(pending);
        await queues.idle();
        expect([queues.running, queues.open]).toEqual([0, 0]);
        // Every place is there again.
        const all = gate();
        let inside = 0;
        const last = Array.from({ length: concurrency + 1 }, (_, index) => queues.run(`after:${index}`, async () => ((inside += 1), all.opened)));
        await settle();
        expect(inside).toBe(concurrency);
        all.open();
        await Promise.all(last);
      }),
      { numRuns: 100 },
    );
  });
});
