import { isOmniError } from "@omni/core";
import { expect } from "vitest";
import type { ChannelPlace } from "./channel-place.ts";
import type { ContractCase } from "./contract.ts";
import { channelCase, startSending } from "./channel-case.ts";
import { wordings } from "./channel-receiving-cases.ts";

/** Longest text a case sends, in UTF-16 units. */
const mostUnits = 200_000;

/** Time a send may take once its signal is aborted, milliseconds. */
const graceMs = 1_000;

/** How a channel brings an answer to the platform. */
export const channelSendingCases: readonly ContractCase<ChannelPlace>[] = [
  channelCase("H20", "send shows the text once and resolves with a receipt, another for each message", async (room) => {
    const { send } = await startSending(room);
    const receipts = [await send("one"), await send("two"), await send("one")];
    expect(textsOf(room.place)).toEqual(["one", "two", "one"]);
    for (const receipt of receipts) expect(receipt).toMatch(/\S/);
    expect(new Set(receipts).size).toBe(3);
  }),
  channelCase("H21", "no letter of a text is lost or taken for a command", async (room) => {
    const { send } = await startSending(room);
    for (const text of wordings) await send(text);
    expect(textsOf(room.place)).toEqual(wordings);
  }),
  channelCase("H22", "a text of the declared length is shown whole, and a longer one is refused with message.too-large and not shown", async (room) => {
    const { channel, send, refusal } = await startSending(room);
    const longest = Math.min(channel.capabilities.maxMessageLength, mostUnits);
    const texts = ["a".repeat(longest), `${"🦓".repeat(Math.floor(longest / 2))}${"b".repeat(longest % 2)}`];
    for (const text of texts) await send(text);
    expect(textsOf(room.place)).toEqual(texts);
    if (channel.capabilities.maxMessageLength > mostUnits) return;
    for (const text of texts) expect(await refusal(`${text}c`)).toMatchObject({ code: "message.too-large", retryable: false });
    expect(textsOf(room.place)).toEqual(texts);
  }),
  channelCase("H23", "a message that is sent again under its key is answered with a receipt, and shown once where that is declared", async (room) => {
    const { channel, send } = await startSending(room);
    for (let time = 0; time < 2; time++) expect(await send("once", { idempotencyKey: "same" })).toMatch(/\S/);
    await send("another");
    const texts = textsOf(room.place);
    expect(texts.at(-1)).toBe("another");
    if (channel.capabilities.deduplicates) expect(texts).toEqual(["once", "another"]);
    else expect(new Set(texts)).toEqual(new Set(["once", "another"]));
  }),
  channelCase("H24", "an edit changes the message of its receipt and adds none, or is refused and not shown where edits are not declared", async (room) => {
    const { channel, send, refusal } = await startSending(room);
    const first = await send("draft");
    await send("other");
    if (!channel.capabilities.edit) {
      expect(await refusal("final", { edits: first })).toMatchObject({ retryable: false });
      expect(textsOf(room.place)).toEqual(["draft", "other"]);
      return;
    }
    const second = await send("better draft", { edits: first });
    expect(textsOf(room.place)).toEqual(["better draft", "other"]);
    await send("final", { edits: second });
    expect(textsOf(room.place)).toEqual(["final", "other"]);
  }),
  channelCase("H25", "buttons are shown with their labels and values, or refused and not shown where they are not declared", async (room) => {
    const { channel, send, refusal } = await startSending(room);
    const buttons = [{ label: "Yes", value: "ask-1:yes" }, { label: "No & never", value: "ask-1:no" }];
    if (channel.capabilities.buttons) {
      await send("May I?", { buttons });
      expect(room.place.sent().map((message) => message.buttons)).toEqual([buttons]);
    } else {
      expect(await refusal("May I?", { buttons })).toMatchObject({ retryable: false });
      expect(room.place.sent()).toEqual([]);
    }
  }),
  channelCase("H26", "a send whose signal is already aborted is refused and not shown", async (room) => {
    const { send } = await startSending(room);
    await expect(send("never", {}, AbortSignal.abort(new Error("stopped")))).rejects.toThrow();
    expect(room.place.sent()).toEqual([]);
  }),
  channelCase("H27", "a message that the platform did not take for now is retryable, unless it was sent after all", async (room) => {
    const { refusal } = await startSending(room);
    room.place.failNext("refused");
    const error = await refusal("words", { idempotencyKey: "same" });
    if (error !== undefined) {
      expect(error.retryable).toBe(true);
      expect(error.message).toMatch(/\w+ \w+/);
      expect(room.place.sent()).toEqual([]);
      expect(await refusal("words", { idempotencyKey: "same" })).toBeUndefined();
    }
    expect(textsOf(room.place)).toEqual(["words"]);
  }, "faults"),
  channelCase("H28", "a message that the platform will never take is not retryable", async (room) => {
    const { refusal } = await startSending(room);
    room.place.failNext("forbidden");
    const error = await refusal("words");
    expect(error).toMatchObject({ retryable: false });
    expect(error?.message).toMatch(/\w+ \w+/);
    expect(room.place.sent()).toEqual([]);
  }, "faults"),
  channelCase("H29", "a message that may have been taken is not retryable, and is shown once", async (room) => {
    const { channel, refusal } = await startSending(room);
    room.place.failNext("lost");
    const error = await refusal("words");
    if (error !== undefined || !channel.capabilities.deduplicates) expect(error).toMatchObject({ retryable: false });
    expect(textsOf(room.place)).toEqual(["words"]);
  }, "faults"),
  channelCase("H30", "a send that is stopped while the platform is silent ends within a second and is not retryable", async (room) => {
    const { channel, conversation } = await startSending(room);
    const controller = new AbortController();
    room.place.failNext("stalled");
    const outcome = channel.send({ conversation, text: "words", idempotencyKey: "stalled" }, controller.signal);
    expect(await room.settles(outcome)).toBe(false);
    controller.abort(new Error("stopped"));
    expect(await room.settles(outcome, graceMs)).toBe(true);
    await expect(outcome).rejects.toSatisfy((error: unknown) => !isRetryable(error));
  }, "faults"),
];

function textsOf(place: ChannelPlace): readonly string[] {
  return place.sent().map((message) => message.text);
}

function isRetryable(error: unknown): boolean {
  return isOmniError(error) && error.retryable;
}
