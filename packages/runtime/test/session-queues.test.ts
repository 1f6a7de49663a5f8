import { describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Applicant } from "../src/session-queues.ts";
import { createSessionQueues } from "../src/session-queues.ts";

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const untroubled = new AbortController().signal;
const of = (principalId: string, signal: AbortSignal = untroubled): Applicant => ({ principalId, signal });
const anybody = of("p");

describe("createSessionQueues", () => {
  it("runs the work of a session in order and never two at once, and all of it, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ session: fc.integer({ min: 0, max: 3 }), fails: fc.boolean(), ticks: fc.integer({ min: 0, max: 3 }) }), { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (jobs, concurrency) => {
        const queues = createSessionQueues(concurrency);
        const done: { session: number; index: number }[] = [];
        const busy = new Set<number>();
        let most = 0;
        const results = jobs.map((job, index) =>
          queues.run(`s:${job.session}`, of(`p:${index % 3}`), async () => {
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
    const first = queues.run("s:1", anybody, () => one.opened);
    await settle();
    expect(queues.reserve("s:1")).toBeUndefined();
    const giveUp = queues.reserve("s:2");
    expect([giveUp, queues.reserve("s:3")]).toEqual([expect.any(Function), undefined]);
    const second = queues.run("s:2", anybody, () => two.opened);
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
    const first = queues.run("s:1", anybody, () => one.opened);
    await queues.run("s:2", anybody, async () => undefined);
    one.open();
    await first;
  });

  it("gives a free place to the work that has waited longest", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const order: string[] = [];
    const first = queues.run("s:1", anybody, () => holding.opened);
    const rest = ["s:2", "s:3", "s:4"].map((session) => queues.run(session, anybody, async () => void order.push(session)));
    holding.open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual(["s:2", "s:3", "s:4"]);
  });

  it("does not let a hundred works of one session delay another session's by more than the one that runs", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const order: string[] = [];
    const flood = Array.from({ length: 100 }, (_, index) => queues.run("s:flood", anybody, async () => (index === 0 ? holding.opened : void order.push("flood"))));
    const other = queues.run("s:other", anybody, async () => void order.push("other"));
    holding.open();
    await Promise.all([...flood, other]);
    expect([order.indexOf("other"), order.length, queues.open]).toEqual([0, 100, 0]);
  });
});

describe("work that waits for a place", () => {
  it("waits for one of each other principal at most, however many those have, and in order among its own", async () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }) }, { weight: 2, arbitrary: fc.constant("end" as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
        const queues = createSessionQueues(concurrency);
        const waiting = new Map<number, Waiting>();
        const ends: (() => void)[] = [];
        const works: Promise<void>[] = [];
        for (const [index, each] of steps.entries()) {
          if (each === "end") ends.shift()?.();
          else {
            enter(waiting, each, index);
            works.push(queues.run(`s:${index}`, of(`p:${each}`), () => (begin(waiting, each, index), new Promise<void>((resolve) => void ends.push(resolve)))));
          }
          await settle();
        }
        for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
          end();
          await settle();
        }
        await Promise.all(works);
        expect([waiting.size, queues.running, queues.open]).toEqual([0, 0, 0]);
      }),
      { numRuns: 100 },
    );
  });

  it("is not delayed by a thousand sessions of somebody else by more than one of them", async () => {
    const queues = createSessionQueues(1);
    const holding = gate();
    const order: string[] = [];
    const first = queues.run("s:first", anybody, () => holding.opened);
    const flood = Array.from({ length: 1_000 }, (_, index) => queues.run(`s:${index}`, of("p:flood"), async () => void order.push("flood")));
    await settle();
    const other = queues.run("s:other", of("p:other"), async () => void order.push("other"));
    await settle();
    holding.open();
    await Promise.all([first, ...flood, other]);
    expect([order.indexOf("other"), order.length]).toEqual([1, 1_001]);
  });

  it("goes on at once where it is stopped, and leaves the line", async () => {
    const queues = createSessionQueues(1);
    const [holding, life] = [gate(), new AbortController()];
    const order: string[] = [];
    const first = queues.run("s:1", anybody, async () => (await holding.opened, void order.push("first")));
    const stopped = queues.run("s:2", of("p", life.signal), async () => void order.push("stopped"));
    const last = queues.run("s:3", anybody, async () => void order.push("last"));
    await settle();
    expect(order).toEqual([]);
    life.abort();
    await stopped;
    holding.open();
    await Promise.all([first, last]);
    await queues.run("s:4", of("p", life.signal), async () => void order.push("stopped before"));
    expect([order, queues.running]).toEqual([["stopped", "first", "last", "stopped before"], 0]);
  });
});

/** The works of one principal that wait, how many of others have begun since it has had none, and how many that may be. */
interface Waiting {
  readonly works: number[];
  passed: number;
  bound: number;
}

function enter(waiting: Map<number, Waiting>, principal: number, work: number): void {
  const known = waiting.get(principal);
  if (known === undefined) waiting.set(principal, { works: [work], passed: 0, bound: waiting.size });
  else known.works.push(work);
}

function begin(waiting: Map<number, Waiting>, principal: number, work: number): void {
  const own = waiting.get(principal);
  expect(own?.works.shift()).toBe(work);
  for (const [other, each] of waiting) {
    if (other === principal) continue;
    each.passed += 1;
    expect(each.passed).toBeLessThanOrEqual(each.bound);
  }
  if (own === undefined || own.works.length === 0) waiting.delete(principal);
  else Object.assign(own, { passed: 0, bound: waiting.size - 1 });
}

describe("work that is away", () => {
  it("leaves its place to others, and goes on before those that wait for a first one", async () => {
    const queues = createSessionQueues(1);
    const [asked, holding] = [gate(), gate()];
    const order: string[] = [];
    const asking = queues.run("s:1", anybody, async () => {
      await queues.away("s:1", () => asked.opened, untroubled);
      order.push("asking");
    });
    await queues.run("s:2", anybody, async () => void order.push("second"));
    expect(queues.running).toBe(0);
    const third = queues.run("s:3", anybody, async () => (await holding.opened, void order.push("third")));
    await settle();
    const fourth = queues.run("s:4", anybody, async () => void order.push("fourth"));
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
    const asking = queues.run("s:1", anybody, () => queues.away("s:1", () => refused.promise, untroubled));
    await settle();
    const second = queues.run("s:2", anybody, () => holding.opened);
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
    const asking = queues.run("s:1", anybody, async () => {
      await queues.away("s:1", () => asked.opened, life.signal);
      order.push("stopped");
    });
    await settle();
    const second = queues.run("s:2", anybody, async () => (await holding.opened, void order.push("second")));
    await settle();
    asked.open();
    await settle();
    expect(order).toEqual([]);
    life.abort();
    await asking;
    holding.open();
    await second;
    await queues.run("s:3", anybody, async () => void order.push("third"));
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
          queues.run(`s:${session}`, of(`p:${session % 2}`), async () => {
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
        const last = Array.from({ length: concurrency + 1 }, (_, index) => queues.run(`after:${index}`, anybody, async () => ((inside += 1), all.opened)));
        await settle();
        expect(inside).toBe(concurrency);
        all.open();
        await Promise.all(last);
      }),
      { numRuns: 100 },
    );
  });
});
