import type { Channel, Host, InboundHandler, OmniModule, OutboundMessage } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

/** Where the rooms are. `GET url?after=NUMBER` lists messages, `POST url` takes one. */
interface RoomChannelOptions {
  readonly url: string;
}

/** A message as the platform lists it. */
interface RoomMessage {
  readonly number: number;
  readonly room: string;
  readonly person: string;
  readonly text: string;
  /** Unix seconds. */
  readonly time: number;
}

/** How long to wait when nothing came or the platform failed, milliseconds. */
const pauseMs = 1_000;

/** Makes a channel that asks for messages one after another. The number it asks behind is its acknowledgement. */
export function createRoomChannel({ url }: RoomChannelOptions, host: Host): Channel {
  const closing = new AbortController();
  let running = Promise.resolve();
  return {
    capabilities: { maxMessageLength: 2_000, edit: false, buttons: false, files: false, deduplicates: true },
    async start(handler, signal) {
      const stopping = AbortSignal.any([signal, closing.signal]);
      stopping.throwIfAborted();
      running = receive(handler, stopping, { url, host }).catch((error: unknown) => host.log.error("the rooms are left", { message: String(error) }));
    },
    send: (message, signal) => send(message, signal, { url, host }),
    async close() {
      closing.abort();
      await running;
    },
  };
}

type Reach = RoomChannelOptions & { readonly host: Host };

async function receive(handler: InboundHandler, signal: AbortSignal, { url, host }: Reach): Promise<void> {
  let after = 0;
  while (!signal.aborted) {
    const messages = await list(after, signal, { url, host }).catch((error: unknown): readonly RoomMessage[] => {
      if (!signal.aborted) host.log.warn("the rooms do not answer; they are asked again", { message: String(error) });
      return [];
    });
    let kept = 0;
    for (const { number, room, person, text, time } of messages) {
      // The next question acknowledges all that stands before its number, so the first failure ends the row.
      if (signal.aborted || !(await isKept(handler({ platformId: String(number), conversation: room, sender: person, content: [{ type: "text", text }], at: time * 1_000 })))) break;
      after = number;
      kept += 1;
    }
    if (kept === 0) await host.clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

function isKept(handled: Promise<void>): Promise<boolean> {
  return handled.then(
    () => true,
    () => false,
  );
}

async function list(after: number, signal: AbortSignal, { url, host }: Reach): Promise<readonly RoomMessage[]> {
  const response = await host.egress.fetch(`${url}?after=${after}`, { signal }, { configured: true });
  const answer: unknown = await response.json();
  if (!isRecord(answer) || !Array.isArray(answer["messages"])) throw new OmniError("egress.failed", "The rooms answered without a list of messages.");
  return answer["messages"].filter(isRoomMessage);
}

async function send({ conversation, text, idempotencyKey, edits, buttons }: OutboundMessage, signal: AbortSignal, { url, host }: Reach): Promise<{ readonly receipt: string }> {
  if (text.length > 2_000) throw new OmniError("message.too-large", `A room takes 2,000 units and the text has ${text.length}; split it.`);
  if (edits !== undefined || buttons !== undefined) throw new OmniError("message.invalid", "A room takes words alone: no edits, no buttons.");
  try {
    const response = await host.egress.fetch(url, { method: "POST", body: JSON.stringify({ room: conversation, text, key: idempotencyKey }), signal }, { configured: true });
    if (response.status === 429) throw new OmniError("egress.failed", "The rooms are busy; send the message again later.", { retryable: true });
    if (!response.ok) throw new OmniError("egress.failed", `The room ${conversation} takes no message (${response.status}).`);
    const answer: unknown = await response.json();
    if (isRecord(answer) && typeof answer["number"] === "number") return { receipt: String(answer["number"]) };
    throw new Error("it answered without a number");
  } catch (error) {
    // Whatever broke on the way may have arrived: not retryable.
    throw isOmniError(error) && error.code === "egress.failed" ? error : new OmniError("egress.failed", "The rooms did not answer; the message may have arrived.", { cause: error });
  }
}

/** A stranger's data: what has not the shape is left out. */
function isRoomMessage(value: unknown): value is RoomMessage {
  return isRecord(value) && [value["number"], value["time"]].every(Number.isFinite) && [value["room"], value["person"], value["text"]].every((each) => typeof each === "string");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"channel", RoomChannelOptions> = {
  slot: "channel",
  name: "room",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "with.url is no address; write it as https://….");
    },
  },
  create: createRoomChannel,
};
