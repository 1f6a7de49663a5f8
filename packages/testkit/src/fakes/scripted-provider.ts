import type { FinishReason, JsonObject, ModelEvent, ModelInfo, ModelRequest, Provider, ToolCall, Usage } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

/** A call that a scripted model makes. */
export interface ScriptedCall {
  /** The tool's full name (`files.read`); it need not be on offer. */
  readonly name?: string;
  /** In place of a name: the tool at this position of the request. */
  readonly tool?: number;
  /** An object, or the raw text as a model might misspell it. */
  readonly arguments: JsonObject | string;
  /** The id on the wire; one is made where it is absent. */
  readonly id?: string;
}

/** What a scripted model answers to one request. */
export interface ScriptedReply {
  /** One delta, or several. */
  readonly text?: string | readonly string[];
  readonly reasoning?: string | readonly string[];
  readonly toolCalls?: readonly ScriptedCall[];
  /** `tool-calls` where there are calls, else `stop`. */
  readonly finish?: FinishReason;
  /** `false` for a provider that does not say. A tenth of the characters, at least 1, where absent. */
  readonly usage?: Partial<Usage> | false;
  /** Thrown after the deltas, in place of calls and finish. */
  readonly error?: Error;
  /** After the deltas it neither goes on nor ends until the request is aborted. */
  readonly stall?: boolean;
}

/** Replies in order, or a function of the request and its number, from 0. */
export type ProviderScript = readonly ScriptedReply[] | ((request: ModelRequest, index: number) => ScriptedReply | Promise<ScriptedReply>);

/** How a scripted provider is made. */
export interface ScriptedProviderOptions {
  /** The models on offer, the default first; `scripted` with 32,000 tokens where absent. */
  readonly models?: readonly ModelInfo[];
  /** How often a retryable error before the first delta is met by the next reply of the script; never where absent. */
  readonly maxRetries?: number;
}

/** A provider whose replies are written beforehand. */
export interface ScriptedProvider extends Provider {
  /** Every request, in order; a retry is one more. */
  readonly requests: readonly ModelRequest[];
  /** Replaces what is left of the script; numbers start at 0 again. */
  script(replies: ProviderScript): void;
}

/** A reply of text alone. */
export function textReply(text: string): { readonly text: string } {
  return { text };
}

/** A reply that calls tools by their full names, after an optional word. */
export function callReply(toolCalls: readonly ScriptedCall[], text?: string): { readonly toolCalls: readonly ScriptedCall[]; readonly text?: string } {
  return { toolCalls, ...(text === undefined ? {} : { text }) };
}

/** Makes a provider in this process that answers by a script. A request beyond its end is an error `provider.refused` that says so. */
export function createScriptedProvider(replies: ProviderScript = [], options: ScriptedProviderOptions = {}): ScriptedProvider {
  const models = options.models ?? [{ id: "scripted", contextTokens: 32_000 }];
  const first = models[0] ?? { id: "scripted" };
  const requests: ModelRequest[] = [];
  let script = replies;
  let next = 0;
  const take = async (request: ModelRequest): Promise<ScriptedReply> => {
    requests.push(request);
    const index = next++;
    const reply = typeof script === "function" ? await script(request, index) : script[index];
    return reply ?? { error: new OmniError("provider.refused", `The script has no reply number ${index}; add one to the test.`) };
  };
  return {
    requests,
    script(replacement) {
      script = replacement;
      next = 0;
    },
    async *stream(request, signal) {
      for (let attempt = 0; ; attempt++) {
        throwIfAborted(signal);
        let hasYielded = false;
        try {
          for await (const event of play(await take(request), request, signal)) {
            hasYielded = true;
            yield event;
          }
          return;
        } catch (error) {
          const mayRetry = !hasYielded && attempt < (options.maxRetries ?? 0) && isOmniError(error) && error.retryable;
          if (!mayRetry) throw error;
        }
      }
    },
    models: async () => models,
    defaultModel: async () => first,
    close: async () => undefined,
  };
}

async function* play(reply: ScriptedReply, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
  const deltas: readonly ModelEvent[] = [
    ...toPieces(reply.reasoning).map((text) => ({ type: "reasoning-delta", text }) as const),
    ...toPieces(reply.text).map((text) => ({ type: "text-delta", text }) as const),
  ];
  for (const delta of deltas) {
    throwIfAborted(signal);
    yield delta;
  }
  if (reply.stall === true) await untilAborted(signal);
  throwIfAborted(signal);
  if (reply.error !== undefined) throw reply.error;
  const isIncomplete = reply.finish === "length" || reply.finish === "content-filter";
  const calls = isIncomplete ? [] : toCalls(reply.toolCalls ?? [], request);
  for (const call of calls) yield { type: "tool-call", call };
  yield {
    type: "finish",
    reason: reply.finish ?? (calls.length > 0 ? "tool-calls" : "stop"),
    usage: toUsage(reply, request),
    ...(request.model === undefined ? {} : { model: request.model }),
  };
}

function toPieces(text: string | readonly string[] | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  return typeof text === "string" ? [text] : text;
}

function toCalls(scripted: readonly ScriptedCall[], request: ModelRequest): readonly ToolCall[] {
  const seen = new Set<string>();
  return scripted.map((call, index) => {
    const given = call.id === undefined || call.id === "" ? `call_${index}` : call.id;
    const id = seen.has(given) ? `${given}_${index}` : given;
    seen.add(id);
    const name = call.name ?? request.tools[call.tool ?? -1]?.name ?? "";
    return { id, name, arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments) };
  });
}

function toUsage(reply: ScriptedReply, request: ModelRequest): Usage {
  if (reply.usage === false) return { inputTokens: 0, outputTokens: 0, reported: false };
  const { inputTokens = toTokens(JSON.stringify(request.messages)), outputTokens = toTokens(toPieces(reply.text).join("")), ...rest } = reply.usage ?? {};
  const isSane = inputTokens >= 0 && outputTokens >= 0;
  return isSane ? { reported: true, ...rest, inputTokens, outputTokens } : { inputTokens: 0, outputTokens: 0, reported: false };
}

function toTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 10));
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw toCancelled(signal);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(toCancelled(signal));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

function toCancelled(signal: AbortSignal): OmniError {
  return isOmniError(signal.reason) ? signal.reason : new OmniError("turn.cancelled", "The model call was cancelled.");
}
