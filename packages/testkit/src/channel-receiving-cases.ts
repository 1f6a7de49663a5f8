import { expect } from "vitest";
import type { ChannelPlace } from "./channel-place.ts";
import type { ContractCase } from "./contract.ts";
import { channelCase, receive, toPlaced, toText } from "./channel-case.ts";

/** Texts whose letters are syntax, invisible or more than one unit somewhere. */
export const wordings: readonly string[] = ["1 < 2 && 3 > 2 &amp; &lt;", "<b>not bold</b> <@U1> <!channel>", "Grüße an 世界 👩‍👩‍👧 مرحبا", "two\nlines", "%41 \\n ${HOME} {{x}}"];

/** How a channel takes in what the platform delivers. */
export const channelReceivingCases: readonly ContractCase<ChannelPlace>[] = [
  channelCase("H1", "it declares the length of a message as a number above zero and everything else as yes or no", async ({ place, start }) => {
    const { maxMessageLength, ...abilities } = (await start()).channel.capabilities;
    expect(maxMessageLength === Infinity || Number.isSafeInteger(maxMessageLength)).toBe(true);
    expect(maxMessageLength).toBeGreaterThan(0);
    expect(Object.fromEntries(Object.entries(abilities).map(([name, value]) => [name, typeof value]))).toEqual({ edit: "boolean", buttons: "boolean", files: "boolean", deduplicates: "boolean" });
    expect(place.sent()).toEqual([]);
  }),
  channelCase("H2", "a message is handed over with its id, conversation, sender, words and time in milliseconds", async (room) => {
    const message = await receive(room, await room.start(), toPlaced("m1", { text: "good morning" }));
    for (const text of [message.platformId, message.conversation, message.sender]) expect(text).toMatch(/^\S+$/);
    expect(toText(message)).toBe("good morning");
    expect(Number.isFinite(message.at)).toBe(true);
    expect(message.at).toBeGreaterThan(1_000_000_000_000);
  }),
  channelCase("H3", "the words arrive as they were written", async (room) => {
    const started = await room.start();
    for (const [index, text] of wordings.entries()) expect(toText(await receive(room, started, toPlaced(`m${index}`, { text })))).toBe(text);
  }),
  channelCase("H4", "two messages have two ids, also over two lives of the channel", async (room) => {
    const first = await room.start();
    const ids = [await receive(room, first, toPlaced("m1")), await receive(room, first, toPlaced("m2"))];
    await room.soon(first.channel.close(), "the channel was closed");
    const second = await room.start();
    ids.push(await receive(room, second, toPlaced("m3")), await receive(room, second, toPlaced("m4")));
    expect(new Set(ids.map((message) => message.platformId)).size).toBe(4);
  }),
  channelCase("H5", "a message is acknowledged once its handler has resolved, and not before", async (room) => {
    const gate = room.gate();
    const { received } = await room.start(() => gate.passed);
    const outcome = room.place.deliver(toPlaced("m1"));
    await room.until(() => received.length === 1, "the message was handed over");
    expect(await room.settles(outcome)).toBe(false);
    gate.open();
    expect(await room.soon(outcome, "the platform was answered")).toBe("acknowledged");
  }, "acknowledges"),
  channelCase("H6", "a message whose handler rejected is not acknowledged, and is handed over again when it comes again", async (room) => {
    let tries = 0;
    const { received } = await room.start(async () => {
      tries += 1;
      if (tries === 1) throw new Error("the disk is full");
    });
    expect(await room.soon(room.place.deliver(toPlaced("m1")), "the platform was answered")).toBe("kept");
    expect(await room.soon(room.place.deliver(toPlaced("m1")), "the platform was answered")).toBe("acknowledged");
    expect(received.map(toText)).toEqual(["words of m1", "words of m1"]);
  }, "acknowledges"),
  channelCase("H7", "a message that comes again has the id it had, also in another life of the channel", async (room) => {
    const first = await room.start();
    const ids = [await receive(room, first, toPlaced("m1")), await receive(room, first, toPlaced("m1"))];
    await room.soon(first.channel.close(), "the channel was closed");
    ids.push(await receive(room, await room.start(), toPlaced("m1")));
    expect(new Set(ids.map((message) => message.platformId)).size).toBe(1);
  }, "acknowledges"),
  channelCase("H8", "a later message acknowledges no earlier one", async (room) => {
    const gate = room.gate();
    const { received } = await room.start((message) => (toText(message) === "words of early" ? gate.passed : Promise.resolve()));
    const early = room.place.deliver(toPlaced("early"));
    await room.until(() => received.length === 1, "the message was handed over");
    room.place.deliver(toPlaced("late")).catch(() => undefined);
    expect(await room.settles(early)).toBe(false);
    gate.break();
    expect(await room.soon(early, "the platform was answered")).toBe("kept");
  }, "acknowledges"),
  channelCase("H9", "an answer reaches the conversation that the message came from", async (room) => {
    const started = await room.start();
    const conversations = [];
    for (const conversation of ["first", "second"]) conversations.push((await receive(room, started, toPlaced(`in-${conversation}`, { conversation }))).conversation);
    for (const [index, conversation] of conversations.entries()) await send(started, { conversation, text: `to ${index}`, idempotencyKey: `k${index}` });
    expect(room.place.sent().map(({ conversation, text }) => [conversation, text])).toEqual([["first", "to 0"], ["second", "to 1"]]);
  }, "conversations"),
  channelCase("H10", "an answer reaches the thread that the message came from", async (room) => {
    const started = await room.start();
    const conversations = [];
    for (const thread of ["a", "b", undefined]) conversations.push((await receive(room, started, toPlaced(`in-${thread ?? "none"}`, thread === undefined ? {} : { thread }))).conversation);
    for (const [index, conversation] of conversations.entries()) await send(started, { conversation, text: `to ${index}`, idempotencyKey: `k${index}` });
    expect(room.place.sent().map(({ conversation, thread, text }) => [conversation, thread, text])).toEqual([["first", "a", "to 0"], ["first", "b", "to 1"], ["first", undefined, "to 2"]]);
  }, "threads"),
  channelCase("H11", "a sender keeps the id when the name changes, and shares it with nobody of the same name", async (room) => {
    const started = await room.start();
    const senders = [];
    for (const sender of [{ id: "1001", name: "Ada" }, { id: "1001", name: "Countess" }, { id: "1002", name: "Ada" }]) senders.push((await receive(room, started, toPlaced(`m${senders.length}`, { sender }))).sender);
    expect(senders[1]).toBe(senders[0]);
    expect(senders[2]).not.toBe(senders[0]);
  }, "senders"),
  channelCase("H12", "once the signal of start is aborted nothing is handed over", async (room) => {
    const started = await room.start();
    await receive(room, started, toPlaced("before"));
    started.stop();
    await expectDeaf(room, started);
  }),
  channelCase("H13", "close waits for the handlers that run, and nothing is handed over after it", async (room) => {
    const gate = room.gate();
    const started = await room.start(() => gate.passed);
    room.place.deliver(toPlaced("running")).catch(() => undefined);
    await room.until(() => started.received.length === 1, "the message was handed over");
    const closing = started.channel.close();
    expect(await room.settles(closing)).toBe(false);
    gate.open();
    await room.soon(closing, "the channel was closed");
    await expectDeaf(room, started);
  }),
  channelCase("H14", "close may be called again, and without a start", async (room) => {
    const { channel } = await room.start();
    await room.soon(channel.close(), "the channel was closed");
    await room.soon(channel.close(), "the channel was closed again");
    await room.soon((await room.place.create()).close(), "a channel that was not started was closed");
  }),
];

type Room = Parameters<typeof receive>[0];
type Started = Parameters<typeof receive>[1];

/** A platform may be left without an answer, or keep the message; the channel hands it over to nobody. */
async function expectDeaf(room: Room, started: Started): Promise<void> {
  const before = started.received.length;
  const outcome = room.place.deliver(toPlaced("after")).catch(() => "kept");
  if (await room.settles(outcome)) expect(await outcome).toBe("kept");
  expect(started.received.length).toBe(before);
}

function send({ channel }: Started, message: Parameters<Started["channel"]["send"]>[0]): ReturnType<Started["channel"]["send"]> {
  return channel.send(message, new AbortController().signal);
}
