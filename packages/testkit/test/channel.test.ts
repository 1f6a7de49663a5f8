import { readFileSync } from "node:fs";
import type { Channel, ChannelCapabilities, InboundHandler, InboundMessage, OutboundMessage } from "@omni/core";
import { OmniError } from "@omni/core";
import { describe, expect, it } from "vitest";
import type { ChannelPlace } from "../src/index.ts";
import type { RecordingPlatform } from "../src/fakes/index.ts";
import { channelContract, describeBroken, describeChannel, describeDocumented } from "../src/index.ts";
import { createRecordingChannel, createRecordingChannelPlace, createRecordingPlatform } from "../src/fakes/index.ts";

const abilities = ["acknowledges", "conversations", "threads", "senders", "faults"];
const little: ChannelCapabilities = { maxMessageLength: Infinity, edit: false, buttons: false, files: false, deduplicates: false };

describeChannel("the recording channel", () => createRecordingChannelPlace(), { abilities });
describeChannel("the recording channel of a plain platform", () => createRecordingChannelPlace(createRecordingPlatform(), little), { abilities });

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

describe("the kit of channels", () => {
  describeBroken(channelContract, { ...receiving, ...sending });
  describeDocumented(channelContract, readFileSync(new URL("../../../docs/contracts/channel.md", import.meta.url), "utf8"));

  it.each([
    ["H9, a channel that mixes up two conversations", "H9", misheard(() => ({ conversation: "first" }))],
    ["H24, an undeclared edit that is sent as a message", "H24", broken((channel) => ({ send: ({ edits: _edits, ...message }, signal) => channel.send(message, signal) }), little)],
    ["H25, undeclared buttons that are left out", "H25", broken((channel) => ({ send: ({ buttons: _buttons, ...message }, signal) => channel.send(message, signal) }), little)],
    ["H29, a receipt that is made up", "H29", broken((channel) => ({ send: (message, signal) => channel.send(message, signal).catch(() => ({ receipt: "maybe" })) }), little)],
    ["H13, a channel that hears after its end", "H13", broken((channel) => ({ close: async () => undefined, start: channel.start }))],
  ])("catches %s", async (_title, id, create) => {
    await expect(channelContract.find((each) => each.id === id)?.run(create)).rejects.toThrow();
  });
});
