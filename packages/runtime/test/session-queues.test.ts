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
});
