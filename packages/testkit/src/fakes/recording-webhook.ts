import { createHmac, timingSafeEqual } from "node:crypto";
import type { Channel, ChannelCapabilities, Clock, InboundMessage, WebhookRequest, WebhookResponse } from "@omni/core";
import type { ChannelPlace, PlacedMessage, WebhookPlace, WebhookSigning } from "../channel-place.ts";
import type { RecordingPlatform } from "./recording-channel.ts";
import type { ManualClock } from "./manual-clock.ts";
import { createManualClock } from "./manual-clock.ts";
import { createRecordingChannel, createRecordingChannelPlace, createRecordingPlatform } from "./recording-channel.ts";

/** What platform and channel know, and nobody else. */
const secret = "what the platform and the channel know";

/** How long a signature is good for, milliseconds. */
const windowMs = 300_000;

/** Makes a recording channel to which its platform comes: it takes JSON whose HMAC stands in `x-signature`, over the time in `x-time` and the bytes. It keeps the whole contract of `Channel`. */
export function createRecordingWebhookChannel(platform: RecordingPlatform = createRecordingPlatform(), clock: Pick<Clock, "now"> = createManualClock(), capabilities: Partial<ChannelCapabilities> = {}): Channel {
  const channel = createRecordingChannel(platform, capabilities);
  let mine: RecordingPlatform["receiver"];
  return {
    ...channel,
    async start(handler, signal) {
      await channel.start(handler, signal);
      mine = platform.receiver;
    },
    async receive(request) {
      if (!isGenuine(request, clock.now())) return { status: 401 };
      const read = parse(request.body);
      if (read === undefined) return { status: 400 };
      if (typeof read === "string") return { status: 200, body: read };
      // A later life of the channel, or its own end, has taken its place.
      if (mine === undefined || platform.receiver !== mine) return { status: 503 };
      return mine(read).then(
        () => ({ status: 204 }),
        (): WebhookResponse => ({ status: 503, headers: { "retry-after": "1" } }),
      );
    },
  };
}

/** Makes the place in which the kit meets such a channel. */
export function createRecordingWebhookPlace(platform: RecordingPlatform = createRecordingPlatform(), clock: ManualClock = createManualClock()): ChannelPlace & { readonly webhook: WebhookPlace } {
  let live: Channel | undefined;
  const webhook: WebhookPlace = {
    bodyOf: (message) => toBytes(toInbound(message)),
    request: (body, signing) => toRequest(body, signing, clock.now()),
    challenge: (signing) => ({ request: toRequest(toBytes({ challenge: "are you there?" }), signing, clock.now()), answer: "are you there?" }),
  };
  return {
    ...createRecordingChannelPlace(platform, {}, clock),
    webhook,
    create: async () => (live = createRecordingWebhookChannel(platform, clock)),
    async deliver(message) {
      const response = await live?.receive?.(webhook.request(webhook.bodyOf(message), "good"), new AbortController().signal);
      return response?.status === 204 ? "acknowledged" : "kept";
    },
  };
}

function toRequest(body: Uint8Array, signing: WebhookSigning, now: number): WebhookRequest {
  const time = String(signing === "stale" ? now - windowMs - 1 : now);
  const signature = sign(time, body, signing === "forged" ? "what somebody else knows" : secret).toString("hex");
  return { method: "POST", path: "", query: "", headers: new Map(signing === "unsigned" ? [] : [["x-time", time], ["x-signature", signature]]), body };
}

function isGenuine({ headers, body }: WebhookRequest, now: number): boolean {
  const time = headers.get("x-time") ?? "";
  const given = Buffer.from(headers.get("x-signature") ?? "", "hex");
  const due = sign(time, body, secret);
  return given.length === due.length && timingSafeEqual(given, due) && Math.abs(now - Number(time)) <= windowMs;
}

function sign(time: string, body: Uint8Array, key: string): Buffer {
  return createHmac("sha256", key).update(`${time}.`).update(body).digest();
}

/** A message, a challenge, or nothing that can be read. */
function parse(body: Uint8Array): InboundMessage | string | undefined {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Partial<InboundMessage & { readonly challenge: string }> | null;
    if (typeof value?.challenge === "string") return value.challenge;
    return typeof value?.platformId === "string" ? (value as InboundMessage) : undefined;
  } catch {
    return undefined;
  }
}

function toInbound({ id, text, conversation, thread, sender, at }: PlacedMessage): InboundMessage {
  const where = thread === undefined ? conversation : `${conversation}:${thread}`;
  return { platformId: id, conversation: where, sender: sender.id, content: [{ type: "text", text }], at };
}

function toBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
