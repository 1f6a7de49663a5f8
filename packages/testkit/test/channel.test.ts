import { readFileSync } from "node:fs";
import type { Channel, ChannelCapabilities, InboundHandler, InboundMessage, OutboundMessage, WebhookRequest, WebhookResponse } from "@omni/core";
import { OmniError } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { ChannelPlace } from "../src/index.ts";
import type { RecordingPlatform } from "../src/fakes/index.ts";
import { channelContract, describeBroken, describeChannel, describeDocumented } from "../src/index.ts";
import { createRecordingChannel, createRecordingChannelPlace, createRecordingPlatform, createRecordingWebhookPlace } from "../src/fakes/index.ts";

const abilities = ["acknowledges", "conversations", "threads", "senders", "faults"];
const little: ChannelCapabilities = { maxMessageLength: Infinity, edit: false, buttons: false, files: false, deduplicates: false };

describeChannel("the recording channel", () => createRecordingChannelPlace(), { abilities });
describeChannel("the recording channel of a plain platform", () => createRecordingChannelPlace(createRecordingPlatform(), little), { abilities });

describeChannel("the recording channel of a platform that comes to it", () => createRecordingWebhookPlace(), { abilities: [...abilities, "webhooks", "signed-times", "challenges"] });

type Change = (channel: Channel, platform: RecordingPlatform, life: number) => Partial<Channel>;

/** Places of the recording channel with one thing changed in every channel. */
function broken(change: Change, capabilities: Partial<ChannelCapabilities> = {}): () => ChannelPlace {
  return () => {
    const platform = createRecordingPlatform();
    let lives = 0;
    return {
      ...createRecordingChannelPlace(platform, capabilities),
      async create() {
        const channel = createRecordingChannel(platform, capabilities);
        return { ...channel, ...change(channel, platform, (lives += 1)) };
      },
    };
  };
}

/** A channel whose handler is given something else than what arrived. */
function misheard(change: (message: InboundMessage, life: number, count: number) => Partial<InboundMessage>): () => ChannelPlace {
  return broken((channel, _platform, life) => {
    let count = 0;
    return { start: (handler, signal) => channel.start((message) => handler({ ...message, ...change(message, life, (count += 1)) }), signal) };
  });
}

/** A channel that acknowledges and rejects in its own way. */
function started(wrap: (handler: InboundHandler) => InboundHandler): () => ChannelPlace {
  return broken((channel) => ({ start: (handler, signal) => channel.start(wrap(handler), signal) }));
}

/** A channel that sends something else than what it was given. */
function missaid(change: (message: OutboundMessage) => Partial<OutboundMessage>, capabilities: Partial<ChannelCapabilities> = {}): () => ChannelPlace {
  return broken((channel) => ({ send: (message, signal) => channel.send({ ...message, ...change(message) }, signal) }), capabilities);
}

/** A channel whose failures are other failures. */
function misjudged(change: (error: OmniError) => unknown): () => ChannelPlace {
  return broken((channel) => ({
    send: (message, signal) =>
      channel.send(message, signal).catch((error: unknown) => {
        throw error instanceof OmniError ? change(error) : error;
      }),
  }));
}

/** A channel that answers the requests of its platform in its own way. */
function misanswered(change: (request: WebhookRequest, answer: (request: WebhookRequest) => Promise<WebhookResponse>, sign: (request: WebhookRequest) => WebhookRequest) => Promise<WebhookResponse>): () => ChannelPlace {
  return () => {
    const place = createRecordingWebhookPlace();
    return {
      ...place,
      async create() {
        const channel = await place.create();
        const answer = async (request: WebhookRequest): Promise<WebhookResponse> => (await channel.receive?.(request, silent())) ?? { status: 500 };
        return { ...channel, receive: (request) => change(request, answer, ({ body }) => place.webhook.request(body, "good")) };
      },
    };
  };
}

/** The same, with another status in the place of one. */
function misstated(from: number, to: number): () => ChannelPlace {
  return misanswered(async (request, answer) => {
    const response = await answer(request);
    return response.status === from ? { ...response, status: to } : response;
  });
}

const without = ({ code, message }: OmniError): OmniError => new OmniError(code, message);
const retryable = ({ code, message }: OmniError): OmniError => new OmniError(code, message, { retryable: true });
const silent = (): AbortSignal => new AbortController().signal;

const receiving = {
  H1: broken(() => ({ capabilities: { ...little, maxMessageLength: 0 } })),
  H2: misheard(({ at }) => ({ at: at / 1_000 })),
  H3: misheard(({ content }) => ({ content: content.map((block) => (block.type === "text" ? { ...block, text: block.text.replaceAll("<", "&lt;") } : block)) })),
  H4: misheard((_message, _life, count) => ({ platformId: String(count) })),
  H5: started((handler) => async (message) => void handler(message)),
  H6: started((handler) => (message) => handler(message).catch(() => undefined)),
  H7: misheard(({ platformId }, life) => ({ platformId: `${life}:${platformId}` })),
  H8: started((handler) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    return async (message) => {
      await Promise.race([handler(message), promise]);
      resolve(undefined);
    };
  }),
  H9: missaid(() => ({ conversation: "first" })),
  H10: missaid(({ conversation }) => ({ conversation: conversation.replace(/:.*/, "") })),
  H11: (): ChannelPlace => {
    const place = createRecordingChannelPlace();
    return { ...place, deliver: (message) => place.deliver({ ...message, sender: { id: message.sender.name, name: "" } }) };
  },
  H12: broken((channel) => ({ start: (handler) => channel.start(handler, silent()) })),
  H13: broken((channel) => ({
    async close() {
      void channel.close();
    },
  })),
  H14: broken((channel) => {
    let isClosed = false;
    return {
      async close() {
        if (isClosed) throw new Error("closed already");
        isClosed = true;
        await channel.close();
      },
    };
  }),
};

const sending = {
  H20: broken((channel) => ({
    async send(message, signal) {
      await channel.send(message, signal);
      return { receipt: "sent" };
    },
  })),
  H21: missaid(({ text }) => ({ text: text.replaceAll("&", "&amp;") })),
  H22: missaid(({ text }) => ({ text: text.slice(0, 4_000) })),
  H23: missaid(({ idempotencyKey }) => ({ idempotencyKey: `${idempotencyKey}${Math.random()}` })),
  H24: broken((channel) => ({ send: ({ edits: _edits, ...message }, signal) => channel.send(message, signal) })),
  H25: broken((channel) => ({ send: ({ buttons: _buttons, ...message }, signal) => channel.send(message, signal) })),
  H26: broken((channel) => ({ send: (message, signal) => channel.send(message, signal.aborted ? silent() : signal) })),
  H27: misjudged(without),
  H28: misjudged(retryable),
  H29: misjudged(retryable),
  H30: broken((channel) => ({ send: (message, signal) => channel.send(message, signal.aborted ? signal : silent()) })),
};

const webhooks = {
  H40: misanswered(async (request, answer) => {
    void answer(request);
    return { status: 204 };
  }),
  H41: misanswered((request, answer, sign) => answer(sign(request))),
  H42: misanswered((request, answer, sign) => answer(request.headers.has("x-time") ? sign(request) : request)),
  H43: misstated(503, 204),
  H44: misanswered(
    (() => {
      const seen = new Set<string>();
      return async (request, answer) => {
        const text = new TextDecoder().decode(request.body);
        if (seen.has(text)) return { status: 409 };
        seen.add(text);
        return answer(request);
      };
    })(),
  ),
  H45: misanswered(async (request, answer) => ({ ...(await answer(request)), body: "yes" })),
  H46: misstated(400, 204),
  H47: misanswered(async (request, answer) => {
    const response = await answer(request);
    return response.status === 503 ? { status: 401 } : response;
  }),
};

describe("the kit of channels", () => {
  describeBroken(channelContract, { ...receiving, ...sending, ...webhooks });
  describeDocumented(channelContract, readFileSync(new URL("../../../docs/contracts/channel.md", import.meta.url), "utf8"));

  it.each([
    ["H9, a channel that mixes up two conversations", "H9", misheard(() => ({ conversation: "first" }))],
    ["H24, an undeclared edit that is sent as a message", "H24", broken((channel) => ({ send: ({ edits: _edits, ...message }, signal) => channel.send(message, signal) }), little)],
    ["H25, undeclared buttons that are left out", "H25", broken((channel) => ({ send: ({ buttons: _buttons, ...message }, signal) => channel.send(message, signal) }), little)],
    ["H29, a receipt that is made up", "H29", broken((channel) => ({ send: (message, signal) => channel.send(message, signal).catch(() => ({ receipt: "maybe" })) }), little)],
    ["H41, a body that is read in another form than it was signed", "H41", misanswered((request, answer) => answer({ ...request, body: new TextEncoder().encode(new TextDecoder().decode(request.body).trimEnd()) }))],
    ["H45, a challenge that anybody may ask", "H45", misanswered((request, answer, sign) => answer(new TextDecoder().decode(request.body).includes("challenge") ? sign(request) : request))],
    ["H46, a channel that breaks on what it cannot read", "H46", misanswered(async (request, answer) => (JSON.parse(new TextDecoder().decode(request.body)), answer(request)))],
    ["H47, a closed channel that goes on", "H47", misanswered(async (request, answer) => ((await answer(request)).status === 503 ? { status: 204 } : answer(request)))],
    ["H13, a channel that hears after its end", "H13", broken((channel) => ({ close: async () => undefined, start: channel.start }))],
  ])("catches %s", async (_title, id, create) => {
    await expect(channelContract.find((each) => each.id === id)?.run(create)).rejects.toThrow();
  });
});
