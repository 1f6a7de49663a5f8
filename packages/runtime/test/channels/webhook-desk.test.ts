import { describe, expect, it } from "vitest";
import type { Channel, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";
import { createManualClock, createMapStore, createRecordingChannel, createRecordingLog, createRecordingPlatform } from "@omni/testkit/fakes";
import type { ChannelLife } from "../../src/channels/channel-life.ts";
import { createChannelLife } from "../../src/channels/channel-life.ts";
import { createWebhookDesk } from "../../src/channels/webhook-desk.ts";

const request: WebhookRequest = { method: "POST", path: "", query: "", headers: new Map(), body: new Uint8Array([1]) };
const taken: WebhookResponse = { status: 200, body: "taken" };
const later = { code: "channel.failed", retryable: true, retryAfterMs: 1_000 };

/** A life whose channel is what `change` makes of a recording one. */
function makeLife(change: (channel: Channel, times: number) => Channel | Promise<Channel>) {
  const clock = createManualClock();
  const platform = createRecordingPlatform();
  let times = 0;
  const make = async (): Promise<Channel> => change(createRecordingChannel(platform), (times += 1));
  const life: ChannelLife = createChannelLife({ name: "rooms", store: createMapStore(clock), clock, log: createRecordingLog(), handler: async () => undefined, make });
  return { life, clock };
}

const receiving = (channel: Channel): Channel => ({ ...channel, receive: async () => taken });

describe("a request to a channel", () => {
  it("is answered by the channel while it receives", async () => {
    const { life, clock } = makeLife(receiving);
    await expect(life.receive(request)).rejects.toMatchObject({ code: "request.not-found" });
    life.start();
    await expect(life.receive(request)).rejects.toMatchObject(later);
    await clock.advance(0);
    expect(await life.receive(request)).toEqual(taken);
  });

  it("reaches the channel itself, not a function of it", async () => {
    class Room implements Channel {
      readonly capabilities = { maxMessageLength: 1, edit: false, buttons: false, files: false, deduplicates: false };
      readonly answer = taken;
      start = async (): Promise<void> => undefined;
      send = async (): Promise<{ readonly receipt: string }> => ({ receipt: "1" });
      close = async (): Promise<void> => undefined;
      async receive(): Promise<WebhookResponse> {
        return this.answer;
      }
    }
    const { life, clock } = makeLife(() => new Room());
    life.start();
    await clock.advance(0);
    expect(await life.receive(request)).toEqual(taken);
  });

  it("is not found where the channel takes none", async () => {
    const { life, clock } = makeLife((channel) => channel);
    life.start();
    await clock.advance(0);
    await expect(life.receive(request)).rejects.toMatchObject({ code: "request.not-found", retryable: false });
  });

  it("may come later where the channel could not be started, and is answered once it could", async () => {
    const { life, clock } = makeLife((channel, times) => ({ ...receiving(channel), start: times < 2 ? () => Promise.reject(new Error("no")) : channel.start }));
    life.start();
    await clock.advance(0);
    expect(life.status().state).toBe("failed");
    await expect(life.receive(request)).rejects.toMatchObject(later);
    await clock.advance(1_000);
    expect(await life.receive(request)).toEqual(taken);
  });

  it("is told that the gateway stops, from the moment at which no messages are taken", async () => {
    const { life, clock } = makeLife(receiving);
    life.start();
    await clock.advance(0);
    life.deafen();
    await expect(life.receive(request)).rejects.toMatchObject({ code: "gateway.draining", retryable: true });
  });
});

describe("the desk of a channel's requests", () => {
  it("gives a request up after ten seconds and tells its channel so", async () => {
    const clock = createManualClock();
    const desk = createWebhookDesk("rooms", clock);
    let signal: AbortSignal | undefined;
    const outcome = desk.receive((_request, given) => new Promise(() => void (signal = given)), request).catch((error: unknown) => error);
    await clock.advance(9_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await outcome).toMatchObject(later);
    expect([signal?.aborted, clock.pending]).toEqual([true, 0]);
  });

  it("works on 64 at once, those included that were given up and have not ended", async () => {
    const clock = createManualClock();
    const desk = createWebhookDesk("rooms", clock);
    const gate = Promise.withResolvers<WebhookResponse>();
    const outcomes = Array.from({ length: 64 }, () => desk.receive(() => gate.promise, request).catch((error: OmniError) => error.code));
    const refused = (): Promise<unknown> => desk.receive(async () => taken, request).catch((error: unknown) => error);
    expect(await refused()).toMatchObject(later);
    await clock.advance(10_000);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["channel.failed"]));
    expect(await refused()).toMatchObject(later);
    gate.resolve(taken);
    await clock.advance(0);
    expect(await desk.receive(async () => taken, request)).toEqual(taken);
  });

  it("has room again after channels that break, whichever way", async () => {
    const clock = createManualClock();
    const desk = createWebhookDesk("rooms", clock);
    const breaking = (): never => {
      throw new Error("at once");
    };
    for (let count = 0; count < 64; count += 1) await expect(desk.receive(count % 2 === 0 ? breaking : async () => breaking(), request)).rejects.toThrow("at once");
    expect([await desk.receive(async () => taken, request), clock.pending]).toEqual([taken, 0]);
  });
});
