import type { Channel, Host, InboundHandler, OmniModule, OutboundMessage } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { Arrived } from "./platform.ts";
import { capabilities, toArrived, toListAddress, toPost, toReceipt } from "./platform.ts";

/** Where the platform is. */
interface __Name__ChannelOptions {
  readonly url: string;
}

/** How long to wait when nothing came or the platform failed, milliseconds. */
const pauseMs = 1_000;

/** Makes a channel that asks for messages one after another. The number it asks behind is its acknowledgement. */
export function create__Name__Channel({ url }: __Name__ChannelOptions, host: Host): Channel {
  const closing = new AbortController();
  let running = Promise.resolve();
  return {
    capabilities,
    async start(handler, signal) {
      const stopping = AbortSignal.any([signal, closing.signal]);
      stopping.throwIfAborted();
      running = receive(handler, stopping, { url, host }).catch((error: unknown) => host.log.error("the platform is left", { message: String(error) }));
    },
    send: (message, signal) => send(message, signal, { url, host }),
    async close() {
      closing.abort();
      await running;
    },
  };
}

type Reach = __Name__ChannelOptions & { readonly host: Host };

async function receive(handler: InboundHandler, signal: AbortSignal, { url, host }: Reach): Promise<void> {
  let after = 0;
  while (!signal.aborted) {
    const messages = await list(after, signal, { url, host }).catch((error: unknown): readonly Arrived[] => {
      if (!signal.aborted) host.log.warn("the platform does not answer; it is asked again", { message: String(error) });
      return [];
    });
    let kept = 0;
    for (const { number, ...message } of messages) {
      // The next question acknowledges all that stands before its number, so the first failure ends the row.
      if (signal.aborted || !(await isKept(handler(message)))) break;
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

async function list(after: number, signal: AbortSignal, { url, host }: Reach): Promise<readonly Arrived[]> {
  const response = await host.egress.fetch(toListAddress(url, after), { signal }, { configured: true });
  const messages = toArrived(await response.json());
  if (messages === undefined) throw new OmniError("egress.failed", "The platform answered without a list of messages.");
  return messages;
}

async function send(message: OutboundMessage, signal: AbortSignal, { url, host }: Reach): Promise<{ readonly receipt: string }> {
  const { text, conversation, edits, buttons } = message;
  const { maxMessageLength, edit, buttons: hasButtons } = capabilities;
  if (text.length > maxMessageLength) throw new OmniError("message.too-large", `The platform takes ${maxMessageLength} units and the text has ${text.length}; split it.`);
  if ((edits !== undefined && !edit) || (buttons !== undefined && !hasButtons)) throw new OmniError("message.invalid", "The platform takes no edits or no buttons; send words alone.");
  try {
    const response = await host.egress.fetch(url, { method: "POST", body: JSON.stringify(toPost(message)), signal }, { configured: true });
    if (response.status === 429) throw new OmniError("egress.failed", "The platform is busy; send the message again later.", { retryable: true });
    if (!response.ok) throw new OmniError("egress.failed", `The conversation ${conversation} takes no message (${response.status}).`);
    const receipt = toReceipt(await response.json());
    if (receipt !== undefined) return { receipt };
    throw new Error("it answered without a receipt");
  } catch (error) {
    // Whatever broke on the way may have arrived: not retryable.
    throw isOmniError(error) && error.code === "egress.failed" ? error : new OmniError("egress.failed", "The platform did not answer; the message may have arrived.", { cause: error });
  }
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"channel", __Name__ChannelOptions> = {
  slot: "channel",
  name: "__name__",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "with.url is no address; write it as https://….");
    },
  },
  create: create__Name__Channel,
};
