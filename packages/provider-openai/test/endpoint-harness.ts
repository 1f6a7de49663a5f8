import type { ModelEvent, ModelRequest, Provider } from "@omni/core";
import type { FakeHost, FakeOpenAI, FakeOpenAIOptions, OpenAIScript } from "@omni/testkit/fakes";
import { createFakeHost, createFakeOpenAI, createManualClock } from "@omni/testkit/fakes";
import { onTestFinished } from "vitest";
import { createOpenAIProvider, openAIProviderOptions } from "../src/index.ts";

/** A fake server, a provider that speaks to it, and what happened between. */
export interface Harness {
  readonly server: FakeOpenAI;
  readonly host: FakeHost;
  readonly provider: Provider;
  /** Waits between tries, in milliseconds; none of them takes time. */
  readonly waits: readonly number[];
}

export interface HarnessOptions extends Omit<FakeOpenAIOptions, "script"> {
  readonly script?: OpenAIScript;
  /** The provider's options besides `baseUrl`. */
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A host on whose manual clock waiting between tries takes no time, and is written down. */
export function createPromptHost(): { readonly host: FakeHost; readonly waits: readonly number[] } {
  const manual = createManualClock();
  const waits: number[] = [];
  const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    waits.push(milliseconds);
    signal?.throwIfAborted();
  };
  const clock = { ...manual, sleep, get pending() { return manual.pending; } };
  return { host: createFakeHost({ clock }), waits };
}

/** Starts both; they end with the test. */
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const server = await createFakeOpenAI(options);
  const { host, waits } = createPromptHost();
  const provider = createOpenAIProvider(openAIProviderOptions.parse({ baseUrl: server.url, model: "fake-model", ...options.with }), host);
  onTestFinished(async () => {
    await provider.close();
    await server.close();
  });
  return { server, host, provider, waits };
}

/** A request of one user message. */
export function toRequest(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { system: "You are a test.", messages: [{ role: "user", content: [{ type: "text", text }] }], tools: [], ...more };
}

/** All events of a reply, and the error that ended it. */
export async function collect(provider: Provider, request: ModelRequest, signal: AbortSignal = new AbortController().signal): Promise<{ readonly events: readonly ModelEvent[]; readonly error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of provider.stream(request, signal)) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** The text of all text deltas. */
export function toText(events: readonly ModelEvent[], type: "text-delta" | "reasoning-delta" = "text-delta"): string {
  return events.map((event) => (event.type === type ? event.text : "")).join("");
}
