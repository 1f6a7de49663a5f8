import type { Channel, Host, InboundHandler, OutboundMessage, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";
import type { WebhookChannelOptions } from "./webhook-channel-options.ts";
import { findSigningTime } from "./webhook-signature.ts";
import { postAnswer } from "./post-answer.ts";
import { readMessage } from "./webhook-message.ts";

/** Makes a channel of signed JSON: messages come to the gateway's `/hooks/NAME`, answers are posted to an address. */
export function createWebhookChannel(options: WebhookChannelOptions, host: Host): Channel {
  for (const secret of options.secrets) host.secrets.register(secret);
  const running = new Set<Promise<void>>();
  let listening: InboundHandler | undefined;
  const deafen = (): void => {
    listening = undefined;
  };
  const hand: InboundHandler = (message) => {
    if (listening === undefined) return Promise.reject(new Error("the channel does not receive"));
    const handled = listening(message).finally(() => running.delete(handled));
    running.add(handled);
    return handled;
  };
  return {
    capabilities: { maxMessageLength: options.maxMessageLength, edit: false, buttons: false, files: false, deduplicates: options.deduplicates },
    async start(handler, signal) {
      signal.throwIfAborted();
      signal.addEventListener("abort", deafen, { once: true });
      listening = handler;
    },
    receive: (request) => receive(request, hand, { options, host }),
    async send(message, signal) {
      signal.throwIfAborted();
      checkAnswer(message, options);
      return postAnswer(message, signal, { options, host });
    },
    async close() {
      deafen();
      await Promise.allSettled(running);
    },
  };
}

async function receive(request: WebhookRequest, hand: InboundHandler, { options, host }: { readonly options: WebhookChannelOptions; readonly host: Host }): Promise<WebhookResponse> {
  const signedAt = findSigningTime(request, options.secrets, host.clock.now());
  if (signedAt === undefined) return { status: 401 };
  if (request.method !== "POST") return toAnswer(405, { error: "Messages are posted." }, { allow: "POST" });
  const read = readMessage(request.body, signedAt);
  if ("fault" in read) return toAnswer(400, { error: read.fault });
  try {
    await hand(read.message);
    return toAnswer(200, { status: "accepted" });
  } catch (error) {
    host.log.warn("a message could not be kept; its sender is asked to send it again", { id: read.message.platformId, message: error instanceof Error ? error.message : String(error) });
    return toAnswer(503, { error: "The message could not be kept; send it again." }, { "retry-after": "1" });
  }
}

function toAnswer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): WebhookResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body: JSON.stringify(body) };
}

function checkAnswer({ text, edits, buttons, idempotencyKey }: OutboundMessage, { maxMessageLength }: WebhookChannelOptions): void {
  if (text.length > maxMessageLength) throw new OmniError("message.too-large", `The text has ${text.length} units and the channel takes ${maxMessageLength}; split it.`);
  if (edits !== undefined || buttons !== undefined) throw new OmniError("message.invalid", "This channel has no edits and no buttons; send words alone.");
  if (!/^[\x21-\x7e]{1,1024}$/.test(idempotencyKey)) throw new OmniError("message.invalid", "The key of a message must be visible ASCII characters: it is sent as a header.");
}
