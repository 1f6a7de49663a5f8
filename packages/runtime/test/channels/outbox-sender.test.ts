import { describe, expect, it } from "vitest";
import type { Store } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OutboxHarness, SenderOptions } from "./outbox-harness.ts";
import { createOutboxHarness, meeting, watchIdle } from "./outbox-harness.ts";

const day = 86_400_000;

/** A sender that was woken on these rows of one conversation. */
async function sendAll(options: SenderOptions & { readonly faults?: OutboxHarness["platform"]["faults"] }, ...bodies: readonly string[]) {
  const harness = createOutboxHarness();
  harness.platform.faults.push(...(options.faults ?? []));
  await harness.put("hall", ...bodies);
  const life = await harness.open(options);
  life.sender.wake();
  await harness.clock.advance(0);
  return { ...harness, life };
}

/** A store whose writes of these states fail this often first. */
const failing = (states: readonly string[], times: number, error: OmniError) => {
  let left = times;
  return (store: Store): Store => ({
    ...store,
    async updateOutbox(id, change, ifAttempts) {
      if (states.includes(change.state) && left-- > 0) throw error;
      return store.updateOutbox(id, change, ifAttempts);
    },
  });
};

describe("a sender", () => {
  it("sends what waits once, in order, with its receipt", async () => {
    const { place, shown, rows, life, clock } = await sendAll({}, "one", "two", "three");
    expect(shown()).toEqual(["hall: one", "hall: two", "hall: three"]);
    expect(rows()).toEqual([["sent", 1], ["sent", 1], ["sent", 1]]);
    expect([...place.state.outbox.values()].map(({ row }) => row.receipt)).toEqual(["receipt-1", "receipt-2", "receipt-3"]);
    life.sender.wake();
    await clock.advance(day);
    expect(shown()).toHaveLength(3);
  });

  it("keeps the order of a conversation when the first is refused for now", async () => {
    const { shown, clock } = await sendAll({ faults: ["refused", "refused"] }, "one", "two");
    expect(shown()).toEqual([]);
    await clock.advance(day);
    expect(shown()).toEqual(["hall: one", "hall: two"]);
  });

  it("lets no conversation wait for another", async () => {
    const harness = createOutboxHarness();
    harness.platform.faults.push("stalled");
    for (const conversation of ["hall", "attic", "cellar"]) await harness.put(conversation, "one", "two");
    (await harness.open()).sender.wake();
    await harness.clock.advance(0);
    expect(harness.shown()).toHaveLength(4);
    expect(harness.shown()).toEqual(expect.arrayContaining(["attic: one", "attic: two", "cellar: one", "cellar: two"]));
  });

  it("finds what stands behind a thousand rows of a conversation that waits", async () => {
    const harness = createOutboxHarness();
    harness.platform.faults.push("stalled");
    await harness.put("hall", ...Array.from({ length: 2_500 }, (_, index) => `${index}`));
    const { sender } = await harness.open();
    sender.wake();
    await harness.clock.advance(0);
    await harness.put("attic", "here");
    sender.wake();
    await harness.clock.advance(0);
    expect(harness.shown()).toEqual(["attic: here"]);
  });

  it("sees what another process has written, without being woken", async () => {
    const { put, shown, clock } = await sendAll({}, "one");
    await put("hall", "two");
    expect(shown()).toEqual(["hall: one"]);
    await clock.advance(15_000);
    expect(shown()).toEqual(["hall: one", "hall: two"]);
  });

  it.each([true, false])("sends nothing twice where the rows were read slowly, also by a store that leaves out nothing (leaves out: %s)", async (leavesOut) => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one", "two");
    const first = Promise.withResolvers<{ readonly receipt: string }>();
    const held = Promise.withResolvers<void>();
    let reads = 0;
    const { wrap } = meeting(() => undefined);
    const { sender } = await harness.open({
      channel: (channel) => wrap({ ...channel, send: async (message, signal) => (message.text === "one" ? channel.send(message, signal).then(async (sent) => (await first.promise, sent)) : channel.send(message, signal)) }),
      store: (store) => ({
        ...store,
        async outbox(name, limit, leftOut) {
          const rows = await store.outbox(name, limit, leavesOut ? leftOut : []);
          if (++reads === 2) await held.promise;
          return rows;
        },
      }),
    });
    sender.wake();
    await harness.clock.advance(0);
    // The second read has seen "two" as waiting; meanwhile both arrive.
    sender.wake();
    await harness.clock.advance(0);
    first.resolve({ receipt: "" });
    await harness.clock.advance(0);
    held.resolve();
    await harness.clock.advance(60_000);
    expect(harness.shown()).toEqual(["hall: one", "hall: two"]);
  });

  it("is idle when nothing is sent, also while a row waits to be tried again", async () => {
    const { life, clock, rows, put } = await sendAll({ faults: ["refused", "stalled"] }, "one");
    await put("attic", "two");
    const isIdle = watchIdle(life.sender);
    await clock.advance(0);
    expect([isIdle(), rows()[0]]).toEqual([true, ["pending", 0]]);
    life.sender.wake();
    const isIdleAgain = watchIdle(life.sender);
    await clock.advance(29_999);
    expect([isIdleAgain(), rows()]).toEqual([false, [["sent", 1], ["sending", 1]]]);
    await clock.advance(1);
    expect(isIdleAgain()).toBe(true);
  });

  it("is not idle before it is written what became of a send", async () => {
    const { life, clock, rows } = await sendAll({ store: failing(["sent"], 1, new OmniError("store.full", "no space")) }, "one");
    const isIdle = watchIdle(life.sender);
    await clock.advance(999);
    expect([isIdle(), rows()]).toEqual([false, [["sending", 1]]]);
    await clock.advance(1);
    expect([isIdle(), rows()]).toEqual([true, [["sent", 1]]]);
  });
});

describe("a platform that fails", () => {
  it("is asked again after growing waits where it surely did not take the message, and shows it once", async () => {
    const refusals = meeting((send) => (send <= 3 ? new OmniError("egress.failed", "later", { retryable: true }) : undefined));
    const { shown, rows, clock } = await sendAll({ channel: refusals.wrap }, "one");
    for (const [wait, sends] of [[999, 1], [1, 2], [1_999, 2], [1, 3], [3_999, 3], [1, 4]] as const) {
      await clock.advance(wait);
      expect(refusals.keys).toHaveLength(sends);
    }
    expect(new Set(refusals.keys)).toEqual(new Set(["t1:end:0"]));
    expect(shown()).toEqual(["hall: one"]);
    expect(rows()).toEqual([["sent", 1]]);
  });

  it("is asked again when it said to be", async () => {
    const { shown, clock } = await sendAll({ channel: meeting((send) => (send === 1 ? new OmniError("egress.failed", "later", { retryable: true, retryAfterMs: 240_000 }) : undefined)).wrap }, "one");
    await clock.advance(239_999);
    expect(shown()).toEqual([]);
    await clock.advance(1);
    expect(shown()).toEqual(["hall: one"]);
  });

  it("is asked again through a night without a network", async () => {
    const until = { ms: 0 };
    const harness = createOutboxHarness();
    until.ms = harness.clock.now() + 10 * 3_600_000;
    const { wrap } = meeting(() => (harness.clock.now() < until.ms ? new OmniError("egress.failed", "no network", { retryable: true }) : undefined));
    await harness.put("hall", "one", "two");
    (await harness.open({ channel: wrap })).sender.wake();
    await harness.clock.advance(11 * 3_600_000);
    expect(harness.shown()).toEqual(["hall: one", "hall: two"]);
  });

  it("is not asked for ever: after a day the message has failed and the next one has its turn", async () => {
    const { wrap } = meeting((_, text) => (text === "one" ? new OmniError("egress.failed", "later", { retryable: true }) : undefined));
    const { shown, rows, clock, log } = await sendAll({ channel: wrap }, "one", "two");
    await clock.advance(1.2 * day);
    expect(rows()).toEqual([["failed", 1], ["sent", 1]]);
    expect(shown()).toEqual(["hall: two"]);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("is not asked again for a message that is itself at fault", async () => {
    const refusal = meeting((_, text) => (text === "one" ? new OmniError("message.invalid", "no such markup") : undefined));
    for (const deduplicates of [false, true]) {
      const { shown, rows, clock } = await sendAll({ capabilities: { deduplicates }, channel: refusal.wrap }, "one", "two");
      await clock.advance(day);
      expect(rows()).toEqual([["failed", 1], ["sent", 1]]);
      expect(shown()).toEqual(["hall: two"]);
    }
    expect(refusal.keys).toHaveLength(4);
  });

  it("is not asked again where the fate of a message is not known and a repeat would be seen", async () => {
    for (const fault of ["lost", "forbidden"] as const) {
      const { shown, rows, clock } = await sendAll({ faults: [fault] }, "one", "two");
      await clock.advance(day);
      expect(rows()).toEqual([["unknown", 1], ["sent", 1]]);
      expect(shown()).toEqual(fault === "lost" ? ["hall: one", "hall: two"] : ["hall: two"]);
    }
  });

  it("is asked again under the same key where it drops repeats", async () => {
    const sends = meeting(() => undefined);
    const { shown, rows, clock } = await sendAll({ faults: ["lost", "lost"], capabilities: { deduplicates: true }, channel: sends.wrap }, "one");
    await clock.advance(day);
    expect(sends.keys).toEqual(["t1:end:0", "t1:end:0", "t1:end:0"]);
    expect(shown()).toEqual(["hall: one"]);
    expect(rows()).toEqual([["sent", 1]]);
  });

  it("is given up after a few doubts, also where it drops repeats", async () => {
    const { rows, clock } = await sendAll({ faults: ["lost", "stalled", "forbidden", "forbidden", "forbidden"], capabilities: { deduplicates: true, maxMessageLength: 3 }, channel: meeting(() => new OmniError("egress.failed", "who knows")).wrap }, "one", "two");
    await clock.advance(day);
    expect(rows()).toEqual([["unknown", 1], ["unknown", 1]]);
  });

  it("holds its conversation a second longer, and no longer, where its channel does not heed that it is stopped", async () => {
    const { wrap } = meeting(() => undefined);
    const { rows, shown, clock } = await sendAll({ channel: (channel) => wrap({ ...channel, send: async (message, signal) => (message.text === "one" ? new Promise(() => undefined) : channel.send(message, signal)) }) }, "one", "two");
    await clock.advance(30_999);
    expect(rows()).toEqual([["sending", 1], ["pending", 0]]);
    await clock.advance(1);
    expect(rows()).toEqual([["unknown", 1], ["sent", 1]]);
    expect(shown()).toEqual(["hall: two"]);
  });

  it("is heard when it says within that second what became of a send that was stopped", async () => {
    const said = Promise.withResolvers<{ readonly receipt: string }>();
    const { rows, clock } = await sendAll({ channel: (channel) => ({ ...channel, send: () => said.promise }) }, "one");
    await clock.advance(30_500);
    said.resolve({ receipt: "late" });
    await clock.advance(0);
    expect(rows()).toEqual([["sent", 1]]);
  });

  it("is waited for half a minute when it is silent, and then its fate is not known", async () => {
    const { rows, shown, clock } = await sendAll({ faults: ["stalled"] }, "one", "two");
    await clock.advance(29_999);
    expect(rows()).toEqual([["sending", 1], ["pending", 0]]);
    await clock.advance(1);
    expect(rows()).toEqual([["unknown", 1], ["sent", 1]]);
    expect(shown()).toEqual(["hall: two"]);
  });
});

describe("a process that dies while it sends", () => {
  /** Kills a sender in the middle of the first send; `taken` if the platform has the message. */
  async function killMidway(harness: OutboxHarness, options: SenderOptions, taken: boolean): Promise<void> {
    const life = await harness.open({ ...options, channel: (channel) => ({ ...channel, send: async (message, signal) => (taken ? channel.send(message, signal) : undefined, new Promise(() => undefined)) }) });
    life.sender.wake();
    await harness.clock.advance(0);
    await life.kill();
  }

  it("leaves a message that is repeated once, with a label, and never again", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one", "two");
    await killMidway(harness, {}, true);
    expect(harness.rows()).toEqual([["sending", 1], ["pending", 0]]);
    await killMidway(harness, {}, true);
    for (let life = 0; life < 3; life += 1) {
      const opened = await harness.open();
      opened.sender.wake();
      await harness.clock.advance(day);
      await opened.kill();
    }
    expect(harness.shown()).toEqual(["hall: one", "hall: (perhaps sent before)\none", "hall: two"]);
    expect(harness.rows()).toEqual([["unknown", 2], ["sent", 1]]);
  });

  it("leaves a message that is repeated under its label also after the platform asked to wait, and over another start", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    await killMidway(harness, {}, true);
    harness.platform.faults.push("refused");
    const second = await harness.open();
    second.sender.wake();
    await harness.clock.advance(0);
    await second.kill();
    expect(harness.rows()).toEqual([["pending", 1]]);
    (await harness.open()).sender.wake();
    await harness.clock.advance(day);
    expect(harness.shown()).toEqual(["hall: one", "hall: (perhaps sent before)\none"]);
  });

  it("leaves a message that a platform which drops repeats shows once", async () => {
    for (const taken of [true, false]) {
      const harness = createOutboxHarness();
      const capabilities = { deduplicates: true };
      await harness.put("hall", "one");
      for (let life = 0; life < 4; life += 1) await killMidway(harness, { capabilities }, taken);
      (await harness.open({ capabilities })).sender.wake();
      await harness.clock.advance(0);
      expect(harness.shown()).toEqual(["hall: one"]);
      expect(harness.rows()).toEqual([["sent", 5]]);
    }
  });

  it("leaves it to the next start when it is stopped in the middle, and as new where nothing had been sent", async () => {
    const { life, rows, open, clock, shown } = await sendAll({ faults: ["stalled"] }, "one", "two");
    life.stop();
    await clock.advance(0);
    await life.sender.idle();
    expect(rows()).toEqual([["sending", 1], ["pending", 0]]);
    life.sender.wake();
    await clock.advance(day);
    expect(shown()).toEqual([]);
    expect(clock.pending).toBe(0);
    await life.kill();
    (await open()).sender.wake();
    await clock.advance(0);
    expect(shown()).toEqual(["hall: (perhaps sent before)\none", "hall: two"]);
  });

  it("leaves a row to another sender that has taken it meanwhile", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const other = await harness.place.open();
    const life = await harness.open({ store: (store) => ({ ...store, outbox: async (...given) => {
      const rows = await store.outbox(...given);
      for (const { id } of rows) await other.updateOutbox(id, { state: "sending", receipt: null, attempts: 1 }, 0);
      return rows;
    } }) });
    life.sender.wake();
    await harness.clock.advance(0);
    expect([harness.shown(), harness.rows()]).toEqual([[], [["sending", 1]]]);
  });

  it("is stopped between the mark and the send without leaving a doubt", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const stopping: { stop?: () => void } = {};
    const life = await harness.open({ store: (store) => ({ ...store, updateOutbox: async (...given) => {
      const isTaken = await store.updateOutbox(...given);
      if (given[1].state === "sending") stopping.stop?.();
      return isTaken;
    } }) });
    stopping.stop = life.stop;
    life.sender.wake();
    await harness.clock.advance(0);
    expect(harness.rows()).toEqual([["pending", 0]]);
  });

  it("is done with a send whose channel does not heed that it is stopped, a second after, and leaves it to the next start", async () => {
    const { life, rows, clock } = await sendAll({ channel: (channel) => ({ ...channel, send: () => new Promise(() => undefined) }) }, "one");
    life.stop();
    const isIdle = watchIdle(life.sender);
    await clock.advance(999);
    expect(isIdle()).toBe(false);
    await clock.advance(1);
    expect([isIdle(), rows(), clock.pending]).toEqual([true, [["sending", 1]], 0]);
  });

  it("waits no more for a platform that asked to wait when it is stopped", async () => {
    const { life, rows, clock } = await sendAll({ faults: ["refused"] }, "one");
    life.stop();
    await clock.advance(0);
    await life.sender.idle();
    expect(rows()).toEqual([["pending", 0]]);
  });
});

describe("a store that fails for a while", () => {
  const full = new OmniError("store.full", "no space");

  it("costs no message and no repeat when a send cannot be marked", async () => {
    const { shown, rows, clock } = await sendAll({ store: failing(["sending"], 3, full) }, "one", "two");
    expect(shown()).toEqual([]);
    await clock.advance(day);
    expect(shown()).toEqual(["hall: one", "hall: two"]);
    expect(rows()).toEqual([["sent", 1], ["sent", 1]]);
  });

  it("costs no message and no repeat when what was sent cannot be marked", async () => {
    const { shown, rows, clock, life, open } = await sendAll({ store: failing(["sent"], 20, full) }, "one", "two");
    await clock.advance(day);
    expect(rows()).toEqual([["sent", 1], ["sent", 1]]);
    await life.kill();
    (await open()).sender.wake();
    await clock.advance(day);
    expect(shown()).toEqual(["hall: one", "hall: two"]);
  });

  it("costs neither the order nor a repeat however long it fails and whatever ails it, and says so in a few lines", async () => {
    for (const error of [new OmniError("store.failed", "input/output error"), new OmniError("home.unwritable", "read-only")]) {
      const { shown, rows, clock, log } = await sendAll({ store: failing(["sent"], 1_000, error) }, "one", "two");
      await clock.advance(day / 2);
      expect([shown(), rows()]).toEqual([["hall: one"], [["sending", 1], ["pending", 0]]]);
      await clock.advance(day / 2);
      expect([shown(), rows()]).toEqual([["hall: one", "hall: two"], [["sent", 1], ["sent", 1]]]);
      expect(log.lines.filter(({ level }) => level === "warn").length).toBeLessThan(12);
    }
  });

  it("is given up at once when it is stopped", async () => {
    const { life, rows, clock } = await sendAll({ store: failing(["sent"], Number.POSITIVE_INFINITY, new OmniError("store.failed", "input/output error")) }, "one");
    await clock.advance(3_600_000);
    life.stop();
    const isIdle = watchIdle(life.sender);
    await clock.advance(0);
    expect([isIdle(), rows(), clock.pending]).toEqual([true, [["sending", 1]], 0]);
  });

  it("goes on with the next message where a row was erased while it was sent", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    await harness.put("hall", "two");
    const { wrap } = meeting((send) => {
      if (send > 1) return undefined;
      harness.place.state.outbox.delete("t1:end:0");
      harness.place.state.turns.delete("t1");
      return undefined;
    });
    (await harness.open({ channel: wrap })).sender.wake();
    await harness.clock.advance(0);
    expect([harness.shown(), harness.rows(), harness.log.lines]).toEqual([["hall: one", "hall: two"], [["sent", 1]], []]);
  });

  it("costs no message when a refusal cannot be marked", async () => {
    const { shown, rows, clock } = await sendAll({ faults: ["refused"], store: failing(["pending"], 3, new OmniError("store.busy", "locked", { retryable: true })) }, "one");
    await clock.advance(day);
    expect(shown()).toEqual(["hall: one"]);
    expect(rows()).toEqual([["sent", 1]]);
  });

  it("is read again when it could not be read", async () => {
    let reads = 0;
    const { shown, clock, log } = await sendAll({ store: (store) => ({ ...store, outbox: async (...given) => (++reads <= 2 ? Promise.reject(new OmniError("store.busy", "locked")) : store.outbox(...given)) }) }, "one");
    await clock.advance(30_000);
    expect(shown()).toEqual(["hall: one"]);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(2);
  });

  it("holds a conversation only for a moment when the session of a row is deleted while it is sent", async () => {
    const { place, shown, clock, life, put } = await sendAll({ faults: ["refused"] }, "one");
    place.state.outbox.clear();
    await put("hall", "two");
    life.sender.wake();
    await clock.advance(60_000);
    expect(shown().at(-1)).toBe("hall: two");
  });
});

describe("a row that is longer than its channel takes", () => {
  const capabilities = { maxMessageLength: 30 };
  const body = "one two three four five six seven eight nine ten";

  it("is sent in pieces under keys of their own", async () => {
    const sends = meeting(() => undefined);
    const { shown, rows } = await sendAll({ capabilities, channel: sends.wrap }, body, "end");
    expect(shown()).toEqual(["hall: one two three four five six", "hall: seven eight nine ten", "hall: end"]);
    expect(sends.keys).toEqual(["t1:end:0", "t1:end:0.1", "t1:end:1"]);
    expect(rows()).toEqual([["sent", 1], ["sent", 1]]);
  });

  it("goes on with the piece that was refused for now", async () => {
    const { shown, clock } = await sendAll({ capabilities, channel: meeting((send) => (send === 2 ? new OmniError("egress.failed", "later", { retryable: true }) : undefined)).wrap }, body);
    await clock.advance(1_000);
    expect(shown()).toEqual(["hall: one two three four five six", "hall: seven eight nine ten"]);
  });

  it("has its label on each piece of a repeat, for any of them may have been shown", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "x".repeat(30));
    const killed = await harness.open({ capabilities, channel: (channel) => ({ ...channel, send: () => new Promise(() => undefined) }) });
    killed.sender.wake();
    await harness.clock.advance(0);
    await killed.kill();
    (await harness.open({ capabilities })).sender.wake();
    await harness.clock.advance(0);
    const texts = harness.platform.shown.map(({ message }) => message.text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.every((text) => text.length <= capabilities.maxMessageLength && text.startsWith("(perhaps sent before)\n"))).toBe(true);
    expect(texts.map((text) => text.replace("(perhaps sent before)\n", "")).join("")).toBe("x".repeat(30));
  });
});
