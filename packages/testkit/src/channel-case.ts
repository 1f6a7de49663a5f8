import type { Channel, InboundHandler, InboundMessage, OmniError, OutboundMessage } from "@omni/core";
import { isOmniError } from "@omni/core";
import type { ChannelPlace, PlacedMessage } from "./channel-place.ts";
import type { ContractCase } from "./contract.ts";

/** Time within which what must happen happens, and after which what has not happened is taken not to; milliseconds. */
const longMs = 5_000;
const quietMs = 200;
const stepMs = 10;

/** A channel that receives, with what it handed over. */
export interface StartedChannel {
  readonly channel: Channel;
  readonly received: readonly InboundMessage[];
  /** Aborts the signal of `start`. */
  stop(): void;
}

/** A promise that is settled from outside. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
  /** Makes the promise reject. */
  break(): void;
}

/** What a case works with. */
export interface ChannelCaseRoom {
  readonly place: ChannelPlace;
  /** Makes a channel and starts it; what it hands over is noted, then given to `handler`. */
  start(handler?: InboundHandler): Promise<StartedChannel>;
  /** A gate that opens at the end of the case, if it did not before. */
  gate(): Gate;
  /** Waits for a condition. */
  until(isSo: () => boolean, what: string): Promise<void>;
  /** Waits for what must come within five seconds. */
  soon<Result>(outcome: Promise<Result>, what: string): Promise<Result>;
  /** True where the outcome settles within these milliseconds; by default few. */
  settles(outcome: Promise<unknown>, milliseconds?: number): Promise<boolean>;
}

/** A case with a place of its own. Whatever happens, gates are opened, channels closed and the place freed. */
export function channelCase(id: string, title: string, body: (room: ChannelCaseRoom) => Promise<void>, needs?: string): ContractCase<ChannelPlace> {
  const run: ContractCase<ChannelPlace>["run"] = async (create) => {
    const place = await create();
    const channels: Channel[] = [];
    const gates: Gate[] = [];
    const room = createRoom(place, channels, gates);
    try {
      await body(room);
    } finally {
      for (const gate of gates) gate.open();
      for (const channel of channels) await room.settles(channel.close(), longMs);
      await place.dispose();
    }
  };
  return { id, title, ...(needs === undefined ? {} : { needs }), run };
}

function createRoom(place: ChannelPlace, channels: Channel[], gates: Gate[]): ChannelCaseRoom {
  const settles: ChannelCaseRoom["settles"] = (outcome, milliseconds = quietMs) =>
    Promise.race([
      outcome.then(
        () => true,
        () => true,
      ),
      place.elapse(milliseconds).then(() => false),
    ]);
  return {
    place,
    settles,
    async start(handler = async () => undefined) {
      const channel = await place.create();
      channels.push(channel);
      const received: InboundMessage[] = [];
      const controller = new AbortController();
      const noteAndHandle: InboundHandler = async (message) => {
        received.push(message);
        await handler(message);
      };
      await channel.start(noteAndHandle, controller.signal);
      return { channel, received, stop: () => controller.abort(new Error("stopped")) };
    },
    gate() {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      promise.catch(() => undefined);
      const gate = { passed: promise, open: () => resolve(undefined), break: () => reject(new Error("the message could not be kept")) };
      gates.push(gate);
      return gate;
    },
    async until(isSo, what) {
      for (let waited = 0; !isSo(); waited += stepMs) {
        if (waited >= longMs) throw new Error(`within ${longMs} ms it did not happen that ${what}`);
        await place.elapse(stepMs);
      }
    },
    async soon(outcome, what) {
      if (await settles(outcome, longMs)) return outcome;
      throw new Error(`within ${longMs} ms it did not happen that ${what}`);
    },
  };
}

/** A message of the first sender in the first conversation, with what is given in its place. */
export function toPlaced(id: string, parts: Partial<PlacedMessage> = {}): PlacedMessage {
  return { id, text: `words of ${id}`, conversation: "first", sender: { id: "1001", name: "Ada" }, at: 1_700_000_000_000, ...parts };
}

/** The words of a message, without its pictures and files. */
export function toText(message: InboundMessage): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

/** Delivers a message and gives it as the channel handed it over. */
export async function receive(room: ChannelCaseRoom, started: StartedChannel, message: PlacedMessage): Promise<InboundMessage> {
  const before = started.received.length;
  await room.soon(room.place.deliver(message), `the platform was answered on ${message.id}`);
  const received = started.received[before];
  if (received === undefined) throw new Error(`the channel did not hand over ${message.id}`);
  return received;
}

/** A channel, and how to send into a conversation that somebody began. */
export interface SendingChannel extends StartedChannel {
  /** As the channel calls it. */
  readonly conversation: string;
  /** Sends under the key of its own, unless another is given; settles within five seconds or fails. */
  send(text: string, parts?: Partial<OutboundMessage>, signal?: AbortSignal): Promise<string>;
  /** The same, and gives the error it is refused with; undefined where it was sent. Anything but an `OmniError` fails the case. */
  refusal(text: string, parts?: Partial<OutboundMessage>, signal?: AbortSignal): Promise<OmniError | undefined>;
}

/** Starts a channel and lets somebody begin the conversation that is answered. */
export async function startSending(room: ChannelCaseRoom): Promise<SendingChannel> {
  const started = await room.start();
  const { conversation } = await receive(room, started, toPlaced("begin"));
  let count = 0;
  const send: SendingChannel["send"] = async (text, parts = {}, signal = new AbortController().signal) => {
    const message = { conversation, text, idempotencyKey: `turn-1:${(count += 1)}`, ...parts };
    const { receipt } = await room.soon(started.channel.send(message, signal), "a send came to an end");
    return receipt;
  };
  const refusal: SendingChannel["refusal"] = (text, parts, signal) =>
    send(text, parts, signal).then(
      () => undefined,
      (error: unknown) => {
        if (isOmniError(error)) return error;
        throw new Error("a send was refused with something that is no OmniError", { cause: error });
      },
    );
  return { ...started, conversation, send, refusal };
}
