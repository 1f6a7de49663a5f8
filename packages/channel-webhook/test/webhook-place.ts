import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Channel, WebhookRequest } from "@omni/core";
import type { ChannelPlace, PlacedMessage, SendFault, SentMessage, WebhookPlace, WebhookSigning } from "@omni/testkit";
import type { FakeHost } from "@omni/testkit/fakes";
import { createFakeHost } from "@omni/testkit/fakes";
import { createWebhookChannel } from "../src/create-webhook-channel.ts";
import { webhookChannelOptions } from "../src/webhook-channel-options.ts";

export const secret = "0123456789abcdef0123456789abcdef";
export const oldSecret = "an older secret of the same length";

/** What a receiver was sent, as it stood on the wire. */
export interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A place with a receiver of answers over real HTTP. */
export interface WebhookTestPlace extends ChannelPlace {
  readonly webhook: Required<Pick<WebhookPlace, "bodyOf" | "request">>;
  readonly host: FakeHost;
  readonly url: string;
  readonly received: readonly Received[];
  /** The next request is answered like this instead. */
  answerNext(answer: (response: ServerResponse) => void): void;
  create(): Promise<Channel>;
}

/** Signs as a sender does, written anew from the page and not with the channel's own code. */
export function toSigned(body: Uint8Array | string, timestamp: number | string, key = secret): Record<string, string> {
  const signature = createHmac("sha256", key).update(Buffer.concat([Buffer.from(`${timestamp}.`), Buffer.from(body)])).digest("hex");
  return { "x-omni-timestamp": String(timestamp), "x-omni-signature": `v1=${signature}` };
}

export function toRequest(body: Uint8Array, headers: Readonly<Record<string, string>>): WebhookRequest {
  return { method: "POST", path: "", query: "", headers: new Map(Object.entries({ "content-type": "application/json", ...headers })), body };
}

/** Makes a place with a receiver of its own. */
export async function createWebhookPlace({ deduplicates = false, secrets = [secret, oldSecret] }: { readonly deduplicates?: boolean; readonly secrets?: readonly string[] } = {}): Promise<WebhookTestPlace> {
  const host = createFakeHost();
  const shown: (SentMessage & { readonly key: string })[] = [];
  const received: Received[] = [];
  const answers: ((response: ServerResponse) => void)[] = [];
  const faults: SendFault[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    received.push({ headers: request.headers, body });
    const fault = faults.shift();
    if (fault === "refused") return void response.writeHead(429, { "retry-after": "7" }).end();
    if (fault === "forbidden") return void response.writeHead(403).end();
    if (fault === "stalled") return;
    const { id: key, conversation, text } = JSON.parse(body) as { id: string; conversation: string; text: string };
    const [name = "", thread] = conversation.split(":");
    if (!deduplicates || !shown.some((each) => each.key === key)) shown.push({ key, conversation: name, ...(thread === undefined ? {} : { thread }), text, buttons: [] });
    if (fault === "lost") return void request.socket.destroy();
    const answer = answers.shift();
    if (answer === undefined) response.writeHead(204).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answers`;
  const seconds = (): number => Math.floor(host.clock.now() / 1_000);
  const webhook = {
    bodyOf: (message: PlacedMessage) => new TextEncoder().encode(JSON.stringify(toBody(message))),
    request(body: Uint8Array, signing: WebhookSigning) {
      if (signing === "unsigned") return toRequest(body, {});
      return toRequest(body, toSigned(body, signing === "stale" ? seconds() - 301 : seconds(), signing === "forged" ? "a secret that nobody gave the channel" : secret));
    },
  };
  let live: Channel | undefined;
  return {
    host,
    url,
    received,
    webhook,
    answerNext: (answer) => void answers.push(answer),
    create: async () => (live = createWebhookChannel(webhookChannelOptions.parse({ secrets, url, deduplicates }), host)),
    async deliver(message) {
      const response = await live?.receive?.(webhook.request(webhook.bodyOf(message), "good"), new AbortController().signal);
      return response?.status === 200 ? "acknowledged" : "kept";
    },
    sent: () => shown.map(({ key: _key, ...message }) => message),
    failNext: (fault) => void faults.push(fault),
    elapse: (milliseconds) => wait(milliseconds, undefined, { ref: false }),
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toBody({ id, text, conversation, thread, sender, at }: PlacedMessage): object {
  return { id, conversation: thread === undefined ? conversation : `${conversation}:${thread}`, sender: sender.id, text, at };
}
