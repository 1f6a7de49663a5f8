import type { Channel, WebhookRequest, WebhookResponse } from "@omni/core";
import { expect } from "vitest";
import type { ChannelCaseRoom, StartedChannel } from "./channel-case.ts";
import type { ChannelPlace, WebhookPlace } from "./channel-place.ts";
import type { ContractCase } from "./contract.ts";
import { channelCase, toPlaced, toText } from "./channel-case.ts";

/** How a channel takes the requests of a platform that comes to it. */
export const channelWebhookCases: readonly ContractCase<ChannelPlace>[] = [
  channelCase("H40", "a signed request is answered with success once its handler has resolved, and not before", async (room) => {
    const gate = room.gate();
    const started = await room.start(() => gate.passed);
    const outcome = receive(started.channel, toDelivery(room, "m1"));
    await room.until(() => started.received.length === 1, "the message was handed over");
    expect(await room.settles(outcome)).toBe(false);
    gate.open();
    expect(isSuccess(await room.soon(outcome, "the platform was answered"))).toBe(true);
    expect(started.received.map(toText)).toEqual(["words of m1"]);
  }, "webhooks"),
  channelCase("H41", "a request that is not signed, is signed with another secret or was changed by a byte is answered 401 and handed to nobody", async (room) => {
    const started = await room.start();
    const { bodyOf, request } = toWebhook(room);
    const body = bodyOf(toPlaced("m1"));
    const good = request(body, "good");
    const requests = [request(body, "unsigned"), request(body, "forged"), { ...good, body: toChanged(body) }, { ...good, body: new Uint8Array([...body, 32]) }, { ...good, body: new Uint8Array() }];
    for (const each of requests) expect((await ask(room, started, each)).status).toBe(401);
    expect(started.received).toEqual([]);
    expect(isSuccess(await ask(room, started, good))).toBe(true);
  }, "webhooks"),
  channelCase("H42", "a request that was signed too long ago is answered 401 and handed to nobody", async (room) => {
    const started = await room.start();
    expect((await ask(room, started, toDelivery(room, "m1", "stale"))).status).toBe(401);
    expect(started.received).toEqual([]);
  }, "signed-times"),
  channelCase("H43", "a request whose handler rejected is answered 503, and handed over again when it comes again", async (room) => {
    let tries = 0;
    const started = await room.start(async () => {
      tries += 1;
      if (tries === 1) throw new Error("the disk is full");
    });
    expect((await ask(room, started, toDelivery(room, "m1"))).status).toBe(503);
    expect(isSuccess(await ask(room, started, toDelivery(room, "m1")))).toBe(true);
    expect(started.received).toHaveLength(2);
  }, "webhooks"),
  channelCase("H44", "a request that comes again is answered with success and handed over under the id it had, also in another life of the channel", async (room) => {
    const first = await room.start();
    const delivery = toDelivery(room, "m1");
    for (let time = 0; time < 2; time += 1) expect(isSuccess(await ask(room, first, delivery))).toBe(true);
    await room.soon(first.channel.close(), "the channel was closed");
    const second = await room.start();
    expect(isSuccess(await ask(room, second, delivery))).toBe(true);
    const ids = [...first.received, ...second.received].map(({ platformId }) => platformId);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  }, "webhooks"),
  channelCase("H45", "a challenge is answered without the handler, and one with a wrong signature is answered 401", async (room) => {
    const started = await room.start();
    const { challenge } = toWebhook(room);
    const good = challenge?.("good");
    const forged = challenge?.("forged");
    if (good === undefined || forged === undefined) throw new Error("the place knows no challenge");
    const answered = await ask(room, started, good.request);
    expect([isSuccess(answered), answered.body]).toEqual([true, good.answer]);
    expect((await ask(room, started, forged.request)).status).toBe(401);
    expect(started.received).toEqual([]);
  }, "challenges"),
  channelCase("H46", "a request that is signed and cannot be read is answered 400 and handed to nobody", async (room) => {
    const started = await room.start();
    const { request } = toWebhook(room);
    for (const text of ["", "{", "null", "[]", '"words"', "{}", "\u0000"]) expect([text, (await ask(room, started, request(new TextEncoder().encode(text), "good"))).status]).toEqual([text, 400]);
    expect((await ask(room, started, request(new Uint8Array([0xff, 0xfe, 0x7b]), "good"))).status).toBe(400);
    expect(started.received).toEqual([]);
  }, "webhooks"),
  channelCase("H47", "before its start and after its end a request is answered 503 and handed to nobody", async (room) => {
    const [stopped, closed] = [await room.start(), await room.start()];
    stopped.stop();
    await room.soon(closed.channel.close(), "the channel was closed");
    const early: StartedChannel = { channel: await room.place.create(), received: [], stop: () => undefined };
    for (const each of [early, stopped, closed]) {
      expect((await ask(room, each, toDelivery(room, "m1"))).status).toBe(503);
      expect(each.received).toEqual([]);
    }
    await room.soon(early.channel.close(), "the channel was closed");
  }, "webhooks"),
];

function toWebhook({ place }: ChannelCaseRoom): WebhookPlace {
  if (place.webhook === undefined) throw new Error("the place has no webhook");
  return place.webhook;
}

function toDelivery(room: ChannelCaseRoom, id: string, signing: "good" | "stale" = "good"): WebhookRequest {
  const { bodyOf, request } = toWebhook(room);
  return request(bodyOf(toPlaced(id)), signing);
}

/** The answer to a request; it comes within five seconds or the case fails. */
function ask(room: ChannelCaseRoom, { channel }: Pick<StartedChannel, "channel">, request: WebhookRequest): Promise<WebhookResponse> {
  return room.soon(receive(channel, request), "the platform was answered");
}

async function receive(channel: Channel, request: WebhookRequest): Promise<WebhookResponse> {
  const response = await channel.receive?.(request, new AbortController().signal);
  if (response === undefined) throw new Error("the channel takes no requests");
  return response;
}

function isSuccess({ status }: WebhookResponse): boolean {
  return status >= 200 && status < 300;
}

function toChanged(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === bytes.length - 2 ? byte ^ 1 : byte));
}
