import type { Channel, Host, InboundHandler, InboundMessage, OmniModule, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";

/** Where the fake platform is, and what it can do. */
interface PlatformOptions {
  readonly url: string;
  readonly deduplicates: boolean;
  /** Most UTF-16 units of a message. */
  readonly maxMessageLength: number;
}

/** A channel to the fake platform of the harness, written as a third party would: it asks behind the last message it has handed on, and that is its acknowledgement. */
function createPlatformChannel(options: PlatformOptions, host: Host): Channel {
  const closing = new AbortController();
  let running = Promise.resolve();
  return {
    capabilities: { maxMessageLength: options.maxMessageLength, edit: false, buttons: false, files: false, deduplicates: options.deduplicates },
    async start(handler, signal) {
      running = receive(handler, AbortSignal.any([signal, closing.signal]), options, host);
    },
    send: (message, signal) => send(message, signal, options, host),
    async close() {
      closing.abort();
      await running;
    },
  };
}

type Numbered = InboundMessage & { readonly number: number };

async function receive(handler: InboundHandler, signal: AbortSignal, { url }: PlatformOptions, host: Host): Promise<void> {
  let after = 0;
  while (!signal.aborted) {
    const messages = await list(`${url}?after=${after}`, signal, host).catch(() => undefined);
    let isHeld = messages === undefined;
    for (const message of messages ?? []) {
      isHeld = await handler(message).then(() => false, () => true);
      if (isHeld) break;
      after = message.number;
    }
    if (isHeld) await host.clock.sleep(200, signal).catch(() => undefined);
  }
}

async function list(address: string, signal: AbortSignal, host: Host): Promise<readonly Numbered[]> {
  const response = await host.egress.fetch(address, { signal }, { configured: true });
  const { messages } = (await response.json()) as { readonly messages: readonly { readonly number: number; readonly id: string; readonly conversation: string; readonly text: string }[] };
  return messages.map(({ number, id, conversation, text }) => ({ number, platformId: id, conversation, sender: "p1", content: text === "" ? [] : [{ type: "text", text }], at: Date.now() }));
}

async function send({ conversation, text, idempotencyKey }: OutboundMessage, signal: AbortSignal, { url }: PlatformOptions, host: Host): Promise<{ readonly receipt: string }> {
  let response: Response;
  try {
    response = await host.egress.fetch(url, { method: "POST", body: JSON.stringify({ conversation, text, key: idempotencyKey }), signal }, { configured: true });
  } catch (error) {
    throw new OmniError("egress.failed", "The platform did not answer; the message may have arrived.", { cause: error });
  }
  if (response.status === 429) throw new OmniError("egress.failed", "The platform is busy.", { retryable: true });
  const { number } = (await response.json()) as { readonly number: number };
  return { receipt: String(number) };
}

/** What the gateway loads. */
export const omni: OmniModule<"channel", PlatformOptions> = {
  slot: "channel",
  name: "platform",
  contract: 1,
  options: {
    jsonSchema: {
      type: "object",
      properties: { url: { type: "string" }, deduplicates: { type: "boolean" }, maxMessageLength: { type: "integer" } },
      required: ["url", "deduplicates", "maxMessageLength"],
      additionalProperties: false,
    },
    parse: (value) => value as PlatformOptions,
  },
  create: createPlatformChannel,
};
