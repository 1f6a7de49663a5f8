import { describe, expect, it } from "vitest";
import type { Channel, InboundHandler, InboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";
import { createManualClock, createMapStore, createRecordingChannel, createRecordingLog, createRecordingPlatform } from "@omni/testkit/fakes";
import type { ChannelLifeParts } from "../../src/channels/channel-life.ts";
import { createChannelLife } from "../../src/channels/channel-life.ts";
import { createOutboxHarness } from "./outbox-harness.ts";

const message: InboundMessage = { platformId: "m1", conversation: "hall", sender: "p1", content: [{ type: "text", text: "hi" }], at: 0 };

/** A life on a recording platform; `make` may put something around its channel. */
function makeLife(make: (channel: Channel, times: number) => Channel | Promise<Channel> = (channel) => channel, parts: Partial<ChannelLifeParts> = {}) {
  const clock = createManualClock();
  const log = createRecordingLog();
  const platform = createRecordingPlatform();
  const heard: InboundMessage[] = [];
  const times = { made: 0, closed: 0 };
  const handler: InboundHandler = async (each) => void heard.push(each);
  const life = createChannelLife({
    name: "rooms",
    store: createMapStore(clock),
    clock,
    log,
    handler,
    async make() {
      const channel = await make(createRecordingChannel(platform, { deduplicates: false }), ++times.made);
      return { ...channel, close: async () => ((times.closed += 1), channel.close()) };
    },
    ...parts,
  });
  return { life, clock, log, platform, heard, times };
}

const failingStart = (until: number, error: Error) => (channel: Channel, times: number): Channel => (times < until ? { ...channel, start: () => Promise.reject(error) } : channel);

describe("the start of a channel", () => {
  it("makes it receive", async () => {
    const { life, clock, platform, heard, times } = makeLife();
    expect([life.status(), life.maxMessageLength(), times.made]).toEqual([{ name: "rooms", state: "stopped" }, undefined, 0]);
    life.start();
    life.start();
    expect(life.status().state).toBe("starting");
    await clock.advance(0);
    expect([life.status(), life.maxMessageLength(), times.made]).toEqual([{ name: "rooms", state: "receiving" }, 4_000, 1]);
    await platform.receiver?.(message);
    expect(heard).toEqual([message]);
  });

  it("is tried again after growing waits, up to a minute, with a channel made anew each time", async () => {
    const { life, clock, platform, heard, times, log } = makeLife(failingStart(10, new Error("no connection")));
    life.start();
    await clock.advance(0);
    expect(life.status()).toEqual({ name: "rooms", state: "failed", reason: "no connection" });
    let made = 1;
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      await clock.advance(seconds * 1_000 - 1);
      expect(times).toEqual({ made, closed: made });
      await clock.advance(1);
      made += 1;
    }
    expect(times).toEqual({ made: 10, closed: 9 });
    expect(life.status()).toEqual({ name: "rooms", state: "receiving" });
    await platform.receiver?.(message);
    expect(heard).toHaveLength(1);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(9);
  });

  it("is tried again also where the channel before it never closes", async () => {
    const { life, clock } = makeLife((channel, times) => ({ ...failingStart(2, new Error("no connection"))(channel, times), close: () => new Promise(() => undefined) }));
    life.start();
    await clock.advance(6_000);
    expect(life.status()).toEqual({ name: "rooms", state: "receiving" });
  });

  it("is not tried again where the configuration is at fault, and says so once", async () => {
    const { life, clock, times } = makeLife(() => Promise.reject(new OmniError("config.invalid", "channels.rooms.with.url: expected text")));
    const warnings: string[] = [];
    life.start((warning) => warnings.push(warning));
    await clock.advance(86_400_000);
    expect(life.status()).toMatchObject({ state: "failed", reason: "channels.rooms.with.url: expected text" });
    expect(warnings).toEqual(["channels.rooms is left out: channels.rooms.with.url: expected text"]);
    expect([times.made, clock.pending]).toEqual([1, 0]);
  });

  it("sends nothing through a channel that did not start", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const store = await harness.place.open(harness.clock);
    const sends: number[] = [];
    const wrap = (channel: Channel, times: number): Channel => ({ ...failingStart(3, new Error("no"))(channel, times), send: async (out, signal) => (sends.push(times), channel.send(out, signal)) });
    const { life } = makeLife(wrap, { store, clock: harness.clock });
    life.start();
    life.wake();
    await harness.clock.advance(0);
    life.wake();
    await harness.clock.advance(120_000);
    expect(sends).toEqual([3]);
  });

  it("does not come after the end", async () => {
    const { life, times } = makeLife();
    await life.close();
    life.start();
    expect([life.status().state, times.made]).toEqual(["stopped", 0]);
  });
});

describe("say", () => {
  it("brings a text in parts under keys of their own", async () => {
    const { life, clock, platform } = makeLife((channel) => ({ ...channel, capabilities: { ...channel.capabilities, maxMessageLength: 10 } }));
    life.start();
    await clock.advance(0);
    await life.say("hall", "one two three four", "m1");
    expect(platform.shown.map(({ key, message: { text } }) => [key, text])).toEqual([["m1:0", "one two"], ["m1:1", "three four"]]);
  });

  it("reaches a channel that hands a message over before its start is done", async () => {
    const { life, clock, platform } = makeLife((channel) => ({
      ...channel,
      async start(handler, signal) {
        await channel.start(handler, signal);
        await platform.receiver?.(message);
      },
    }), { handler: async ({ conversation }) => life.say(conversation, "command", "m1") });
    life.start();
    await clock.advance(0);
    expect(platform.shown.map(({ message: { text } }) => text)).toEqual(["command"]);
  });

  it("rejects where nothing was shown and it may be later, and only then", async () => {
    const { life, clock, platform, log } = makeLife((channel) => ({ ...channel, capabilities: { ...channel.capabilities, maxMessageLength: 10 } }));
    life.start();
    await clock.advance(0);
    platform.faults.push("refused");
    await expect(life.say("hall", "one two three four", "m1")).rejects.toMatchObject({ retryable: true });
    expect(platform.shown).toEqual([]);
    platform.faults.push("forbidden");
    await life.say("hall", "one two three four", "m2");
    expect(platform.shown).toEqual([]);
    let sends = 0;
    const half = makeLife((channel) => ({ ...channel, capabilities: { ...channel.capabilities, maxMessageLength: 10 }, send: async (out, signal) => (++sends === 2 ? Promise.reject(new OmniError("egress.failed", "later", { retryable: true })) : channel.send(out, signal)) }));
    half.life.start();
    await half.clock.advance(0);
    await half.life.say("hall", "one two three four", "m1");
    expect(half.platform.shown).toHaveLength(1);
    expect([log, half.log].map(({ lines }) => lines.filter(({ level }) => level === "warn").length)).toEqual([1, 1]);
  });

  it("waits half a minute at most for a platform that is silent", async () => {
    const { life, clock, platform } = makeLife();
    life.start();
    await clock.advance(0);
    platform.faults.push("stalled");
    let isDone = false;
    void life.say("hall", "x", "m1").then(() => (isDone = true));
    await clock.advance(29_999);
    expect(isDone).toBe(false);
    await clock.advance(1);
    expect(isDone).toBe(true);
  });
});

describe("the end of a channel", () => {
  it("begins with deafness, in which it still sends", async () => {
    const harness = createOutboxHarness();
    const store = await harness.place.open(harness.clock);
    const { life, platform } = makeLife(undefined, { store, clock: harness.clock });
    life.start();
    await harness.clock.advance(0);
    life.deafen();
    expect([life.status().state, platform.receiver]).toEqual(["stopped", undefined]);
    await harness.put("hall", "one");
    life.wake();
    await harness.clock.advance(0);
    await life.delivered();
    expect(platform.shown.map(({ message: { text } }) => text)).toEqual(["one"]);
  });

  it("is not undone by a start that ends after it", async () => {
    const started = Promise.withResolvers<void>();
    const { life, clock } = makeLife((channel) => ({ ...channel, start: () => started.promise }));
    life.start();
    await clock.advance(0);
    life.deafen();
    started.resolve();
    await clock.advance(0);
    expect(life.status().state).toBe("stopped");
  });

  it("waits for what is on its way", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one", "two");
    const arrived = Promise.withResolvers<void>();
    const store = await harness.place.open(harness.clock);
    const { life, platform, times } = makeLife((channel) => ({ ...channel, send: async (out, signal) => (await arrived.promise, channel.send(out, signal)) }), { store, clock: harness.clock });
    life.start();
    await harness.clock.advance(0);
    const closing = life.close();
    await harness.clock.advance(1_000);
    expect(times.closed).toBe(0);
    arrived.resolve();
    await closing;
    expect(platform.shown).toHaveLength(2);
    expect(times.closed).toBe(1);
    await life.close();
    expect([times.closed, harness.clock.pending]).toEqual([1, 0]);
  });

  it("waits for a handler that runs", async () => {
    const kept = Promise.withResolvers<void>();
    const { life, clock, platform } = makeLife(undefined, { handler: () => kept.promise });
    life.start();
    await clock.advance(0);
    void platform.receiver?.(message);
    let isClosed = false;
    const closing = life.close().then(() => (isClosed = true));
    await clock.advance(0);
    expect(isClosed).toBe(false);
    kept.resolve();
    await closing;
  });

  it("does not wait longer than its grace for a platform that is silent, nor for a start that never ends", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const silent = makeLife(undefined, { store: await harness.place.open(harness.clock), clock: harness.clock });
    silent.platform.faults.push("stalled");
    silent.life.start();
    await harness.clock.advance(0);
    const stuck = makeLife((channel) => ({ ...channel, start: () => new Promise(() => undefined) }), { clock: harness.clock });
    stuck.life.start();
    await harness.clock.advance(0);
    const closing = Promise.all([silent.life.close(), stuck.life.close()]);
    await harness.clock.advance(5_000);
    await closing;
    expect(harness.rows()).toEqual([["sending", 1]]);
    expect([silent.times.closed, stuck.times.closed, harness.clock.pending]).toEqual([1, 1, 0]);
  });

  it("has no grace of its own where it took no more messages for as long before", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const { life, platform, times } = makeLife(undefined, { store: await harness.place.open(harness.clock), clock: harness.clock });
    platform.faults.push("stalled");
    life.start();
    await harness.clock.advance(0);
    life.deafen();
    await harness.clock.advance(4_000);
    const closing = life.close();
    await harness.clock.advance(999);
    expect(times.closed).toBe(0);
    await harness.clock.advance(1);
    expect(times.closed).toBe(1);
    await closing;
  });

  it("closes a channel whose start ends too late", async () => {
    const started = Promise.withResolvers<void>();
    const { life, clock, times } = makeLife((channel) => ({ ...channel, start: () => started.promise }));
    life.start();
    await clock.advance(0);
    const closing = life.close();
    await clock.advance(5_000);
    await closing;
    const before = times.closed;
    started.resolve();
    await clock.advance(0);
    expect(times.closed).toBe(before + 1);
    expect(clock.pending).toBe(0);
  });

  it("stops the tries of a channel that could not be started", async () => {
    const { life, clock, times } = makeLife(failingStart(99, new Error("no connection")));
    life.start();
    await clock.advance(0);
    await life.close();
    await clock.advance(600_000);
    expect([times.made, clock.pending, life.status().state]).toEqual([1, 0, "stopped"]);
  });

  it("holds nothing up where its channel heeds no signal and never closes, and the log says so", async () => {
    const harness = createOutboxHarness();
    await harness.put("hall", "one");
    const clock = harness.clock;
    const { life, log } = makeLife((channel) => ({ ...channel, send: () => new Promise(() => undefined), close: () => new Promise(() => undefined) }), { store: await harness.place.open(clock), clock });
    life.start();
    await clock.advance(0);
    let isClosed = false;
    void life.close().then(() => (isClosed = true));
    await clock.advance(9_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect([isClosed, harness.rows(), clock.pending]).toEqual([true, [["sending", 1]], 0]);
    expect(log.lines.at(-1)).toMatchObject({ level: "warn", fields: { part: "channels.rooms" } });
  });

  it("holds nothing else up when it fails at once", async () => {
    const log = createRecordingLog();
    const broken = (): never => {
      throw new Error("broken");
    };
    const { life, clock } = makeLife(undefined, { log, make: async () => ({ ...createRecordingChannel(), close: broken }) });
    life.start();
    await clock.advance(0);
    await life.close();
    expect(log.lines.at(-1)).toMatchObject({ level: "warn", fields: { message: "broken" } });
  });

  it("holds nothing else up when it fails", async () => {
    const { life, clock, log } = makeLife((channel) => ({ ...channel, close: () => Promise.reject(new Error("broken")) }));
    life.start();
    await clock.advance(0);
    await life.close();
    expect(log.lines.at(-1)).toMatchObject({ level: "warn", fields: { message: "broken" } });
  });
});
