import type { Host, ModelEvent, ModelRequest, OmniModule, Provider, ToolCall, Usage } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import { model, toBody, toPiece } from "./endpoint.ts";
import { linesOf } from "./lines.ts";
import type { Names } from "./names.ts";
import { createNames, toWired } from "./names.ts";

/** Where the endpoint is. */
interface __Name__ProviderOptions {
  readonly url: string;
}

/** How often an endpoint is asked that fails before its first word, and the wait before the second time, milliseconds; it doubles. */
const mostTries = 4;
const firstWaitMs = 500;

/** Makes a provider of an endpoint that answers with a line for each piece of its reply. */
export function create__Name__Provider({ url }: __Name__ProviderOptions, host: Pick<Host, "egress" | "clock">): Provider {
  return {
    stream: (request, signal) => stream(request, signal, { url, host }),
    models: async () => [model],
    defaultModel: async () => model,
    close: async () => undefined,
  };
}

interface Reach extends __Name__ProviderOptions {
  readonly host: Pick<Host, "egress" | "clock">;
}

async function* stream(request: ModelRequest, signal: AbortSignal, { url, host }: Reach): AsyncGenerator<ModelEvent, void, undefined> {
  const names = createNames(request);
  const body = JSON.stringify(toBody(toWired({ ...request, model: request.model ?? model.id }, names)));
  for (let tries = 1; ; tries += 1) {
    let hasBegun = false;
    try {
      for await (const event of ask({ body, names }, signal, { url, host })) {
        hasBegun = true;
        yield event;
      }
      return;
    } catch (error) {
      const failure = toFailure(error, signal, url);
      // What was yielded is shown already: another try would say it twice.
      if (hasBegun || !failure.retryable || tries === mostTries) throw failure;
      await host.clock.sleep(firstWaitMs * 2 ** (tries - 1), signal).catch((cause: unknown) => Promise.reject(toFailure(cause, signal, url)));
    }
  }
}

async function* ask({ body, names }: { readonly body: string; readonly names: Names }, signal: AbortSignal, { url, host }: Reach): AsyncGenerator<ModelEvent, void, undefined> {
  signal.throwIfAborted();
  const request = { method: "POST", headers: { "content-type": "application/json" }, body, signal };
  const response = await host.egress.fetch(url, request, { configured: true }).catch((cause: unknown) => {
    throw new OmniError("provider.unreachable", `${url} cannot be reached. Check the address, or try again later.`, { cause, retryable: true });
  });
  if (!response.ok) throw toRefusal(url, response.status);
  // Calls are held back until it is said why the reply ended: of one that was cut no call may be run.
  const calls: ToolCall[] = [];
  for await (const line of linesOf(response)) {
    const piece = toPiece(line);
    if (piece?.type === "call") calls.push({ id: toOwnId(piece.id, calls), name: names.fromWire(piece.name), arguments: piece.arguments });
    else if (piece?.type === "end") {
      const isWhole = piece.reason === "stop" || piece.reason === "tool-calls";
      if (isWhole) for (const call of calls) yield { type: "tool-call", call };
      yield { type: "finish", reason: isWhole && calls.length > 0 ? "tool-calls" : piece.reason, usage: toUsage(piece.inputTokens, piece.outputTokens) };
      return;
    } else if (piece !== undefined) yield piece;
  }
  throw new OmniError("provider.cut", `The reply of ${url} ended before its end.`, { retryable: true });
}

/** An id that no other call of the reply has, whatever the endpoint gave. */
function toOwnId(given: string, calls: readonly ToolCall[]): string {
  return given === "" || calls.some(({ id }) => id === given) ? `${given}#${calls.length + 1}` : given;
}

function toUsage(inputTokens: unknown, outputTokens: unknown): Usage {
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens, reported: true } : { inputTokens: 0, outputTokens: 0, reported: false };
}

function toFailure(error: unknown, signal: AbortSignal, url: string): OmniError {
  if (signal.aborted) return new OmniError("turn.cancelled", "The model call was cancelled.", { cause: error });
  if (isOmniError(error) && error.code.startsWith("provider.")) return error;
  return new OmniError("provider.cut", `The reply of ${url} broke off.`, { cause: error, retryable: true });
}

/** Whether asking again may help is decided here, where the status is known. */
function toRefusal(url: string, status: number): OmniError {
  if (status === 401 || status === 403) return new OmniError("provider.unauthorised", `${url} refuses the key (${status}).`);
  if (status === 404) return new OmniError("provider.not-found", `There is nothing at ${url}, or no such model (404).`);
  if (status === 413) return new OmniError("provider.context-too-long", `The request is longer than ${url} takes (413).`);
  if (status === 429) return new OmniError("provider.rate-limited", `${url} asks to slow down (429).`, { retryable: true });
  if (status >= 500) return new OmniError("provider.unavailable", `${url} fails on its side (${status}).`, { retryable: true });
  return new OmniError("provider.refused", `${url} refuses the request (${status}).`);
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"provider", __Name__ProviderOptions> = {
  slot: "provider",
  name: "__name__",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "provider.with.url is no address; write it as https://….");
    },
  },
  create: create__Name__Provider,
};
