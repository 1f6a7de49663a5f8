import { readFileSync } from "node:fs";
import type { FinishReason, ModelEvent, ModelRequest, Provider } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { describe } from "vitest";
import type { ProviderPlace } from "../src/index.ts";
import type { ScriptedProviderOptions } from "../src/fakes/index.ts";
import { describeBroken, describeDocumented, describeProvider, providerContract } from "../src/index.ts";
import { createScriptedPlace } from "./provider-scripted-place.ts";

describeProvider("the scripted provider", () => createScriptedPlace(), { abilities: ["script", "tools", "images", "wire"] });

/** A place whose provider is changed in one thing. */
function broken(change: (provider: Provider) => Partial<Provider>, options?: ScriptedProviderOptions): () => ProviderPlace {
  return () => {
    const place = createScriptedPlace(options);
    return { ...place, create: async () => ({ ...place.provider, ...change(place.provider) }) };
  };
}

/** Changes single events; none is dropped, one may become several. */
function withEvents(change: (event: ModelEvent) => readonly ModelEvent[]): () => ProviderPlace {
  return broken((provider) => ({
    async *stream(request, signal) {
      for await (const event of provider.stream(request, signal)) yield* change(event);
    },
  }));
}

/** Changes all events of a reply together. */
function withReply(change: (events: readonly ModelEvent[]) => readonly ModelEvent[]): () => ProviderPlace {
  return broken((provider) => ({
    async *stream(request, signal) {
      yield* change(await Array.fromAsync(provider.stream(request, signal)));
    },
  }));
}

function withRequest(change: (request: ModelRequest) => ModelRequest): () => ProviderPlace {
  return broken((provider) => ({ stream: (request, signal) => provider.stream(change(request), signal) }));
}

/** What it does in place of throwing. */
function onError(act: (error: unknown, again: () => AsyncIterable<ModelEvent>) => AsyncIterable<ModelEvent> | readonly ModelEvent[]): () => ProviderPlace {
  return broken((provider) => ({
    async *stream(request, signal) {
      try {
        yield* provider.stream(request, signal);
      } catch (error) {
        yield* act(error, () => provider.stream(request, signal));
      }
    },
  }));
}

function withCall(change: (call: Extract<ModelEvent, { type: "tool-call" }>["call"]) => { readonly name?: string; readonly arguments?: string; readonly id?: string }): () => ProviderPlace {
  return withEvents((event) => [event.type === "tool-call" ? { ...event, call: { ...event.call, ...change(event.call) } } : event]);
}

function withFinish(change: (event: Extract<ModelEvent, { type: "finish" }>) => Partial<Extract<ModelEvent, { type: "finish" }>>): () => ProviderPlace {
  return withEvents((event) => [event.type === "finish" ? { ...event, ...change(event) } : event]);
}

/** Streams that run at the same time see each other. */
function createMixing(): ProviderPlace {
  let running = 0;
  return broken((provider) => ({
    async *stream(request, signal) {
      running += 1;
      for await (const event of provider.stream(request, signal)) {
        yield event;
        if (running > 1 && event.type === "text-delta") yield { type: "text-delta", text: "another's words" };
      }
      running -= 1;
    },
  }))();
}

function createCounting(): ProviderPlace {
  let count = 0;
  return withRequest((request) => ({ ...request, system: `${request.system} ${count++}` }))();
}

function createClosingOnce(): ProviderPlace {
  let isClosed = false;
  return broken(() => ({
    async close() {
      if (isClosed) throw new Error("closed already");
      isClosed = true;
    },
  }))();
}

const turnRound = (events: readonly ModelEvent[]): readonly ModelEvent[] => [
  ...events.filter((event) => event.type === "text-delta").toReversed(),
  ...events.filter((event) => event.type !== "text-delta"),
];

const alwaysStop: { readonly reason: FinishReason } = { reason: "stop" };

describe("the kit of providers", () => {
  describeBroken(providerContract, {
    P1: withReply(turnRound),
    P2: broken(() => ({
      async *stream() {
        throw new Error("a bare error");
      },
    })),
    P3: withEvents((event) => [event.type === "reasoning-delta" ? { ...event, type: "text-delta" } : event]),
    P4: withFinish(() => alwaysStop),
    P5: withFinish(({ usage }) => ({ usage: { ...usage, reported: true } })),
    P6: createMixing,
    P7: onError(() => []),
    P8: broken((provider) => ({ stream: (request, signal) => provider.stream(request, signal.aborted ? new AbortController().signal : signal) })),
    P9: withCall((call) => ({ name: call.name.replaceAll(".", "__") })),
    P10: withReply((events) => [...events.filter((event) => event.type === "tool-call").toReversed(), ...events.filter((event) => event.type !== "tool-call")]),
    P11: withCall(() => ({ id: "same" })),
    P12: withCall((call) => ({ arguments: JSON.stringify(call.arguments) })),
    P13: withCall((call) => ({ name: call.name.slice(0, 64) })),
    P14: onError(() => [{ type: "finish", reason: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false } }]),
    P15: onError((_error, again) => again()),
    P16: broken(() => ({}), { maxRetries: 0 }),
    P17: broken(() => ({}), { maxRetries: 15 }),
    P18: onError((_error, again) => again()),
    P19: onError((error) => {
      throw new OmniError("provider.refused", "Something went wrong somewhere.", { retryable: isOmniError(error) && error.retryable });
    }),
    P20: withRequest((request) => ({ ...request, system: "" })),
    P21: withRequest((request) => ({ ...request, messages: request.messages.map((message) => (message.role === "tool" ? { ...message, content: [] } : message)) })),
    P22: createCounting,
    P23: withRequest(({ model: _, ...request }) => request),
    P24: broken(() => ({ defaultModel: async () => ({ id: "" }) })),
    P25: createClosingOnce,
  });
  describeDocumented(providerContract, readFileSync(new URL("../../../docs/contracts/provider.md", import.meta.url), "utf8"));
});
