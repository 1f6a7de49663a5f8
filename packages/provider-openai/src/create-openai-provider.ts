import type { Host, ModelEvent, ModelInfo, Provider } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Amendment } from "./amendments.ts";
import type { AmendmentMemory } from "./amendment-memory.ts";
import type { ChatRequest } from "./chat-body.ts";
import type { Endpoint } from "./endpoint.ts";
import type { KeptModels } from "./kept-models.ts";
import type { OpenAIProviderOptions } from "./options.ts";
import { defaultModelId } from "./options.ts";
import { openEndpoint } from "./endpoint.ts";
import { createAmendmentMemory } from "./amendment-memory.ts";
import { createKeptModels } from "./kept-models.ts";
import { findAmendment } from "./amendments.ts";
import { toChatRequest } from "./chat-body.ts";
import { onAbort, toCancelled, untilAborted } from "./cancellation.ts";
import { toKnownContext } from "./known-models.ts";
import { toModels } from "./model-list.ts";
import { toWait } from "./retry.ts";

/** What asking the endpoint takes. */
interface AskingParts {
  readonly options: OpenAIProviderOptions;
  readonly host: Host;
  readonly endpoint: Endpoint;
}

interface Parts extends AskingParts {
  readonly models: KeptModels;
  readonly amendments: AmendmentMemory;
}

/** Makes a provider that streams from an OpenAI-compatible endpoint. Asks nothing before it is asked. */
export function createOpenAIProvider(options: OpenAIProviderOptions, host: Host): Provider {
  const life = new AbortController();
  const asking: AskingParts = { options, host, endpoint: openEndpoint(options, host) };
  const parts: Parts = { ...asking, models: createKeptModels(() => listModels(asking, life.signal), host.clock), amendments: createAmendmentMemory() };
  const defaultModel = async (signal: AbortSignal): Promise<ModelInfo> => {
    if (signal.aborted) throw toCancelled(signal);
    return withContext(await findDefaultModel(parts, signal), options);
  };
  return {
    async *stream(request, signal) {
      const either = new AbortController();
      const unlink = onAbort([signal, life.signal], (aborted) => either.abort(toCancelled(aborted)));
      try {
        either.signal.throwIfAborted();
        const model = request.model ?? options.model ?? (await defaultModel(either.signal)).id;
        yield* streamReply(toChatRequest(request, model, options), either.signal, parts);
      } finally {
        unlink();
      }
    },
    models: (signal) => untilAborted(parts.models.list(), signal),
    defaultModel,
    async close() {
      life.abort(new OmniError("turn.cancelled", "The provider was closed."));
    },
  };
}

/** Asks until a reply comes, the retries are used up, or something of the reply was shown. */
async function* streamReply(request: ChatRequest, signal: AbortSignal, parts: Parts): AsyncGenerator<ModelEvent, void, undefined> {
  const { amendments, endpoint, host, models } = parts;
  const made: Amendment[] = [];
  let body = amendments.amend(request.body);
  let attempt = 0;
  for (;;) {
    let hasYielded = false;
    try {
      for await (const event of endpoint.ask({ ...request, body }, signal)) {
        if (!hasYielded) amendments.remember(body.model, made);
        hasYielded = true;
        yield event;
      }
      return;
    } catch (thrown) {
      const error = toOmniError(thrown, "internal");
      if (hasYielded || signal.aborted) throw error;
      if (error.code === "provider.not-found") models.forget(body.model);
      const amendment = error.code === "provider.refused" ? findAmendment(body, error.message) : undefined;
      if (amendment === undefined) {
        await waitOrThrow(error, attempt++, signal, parts);
        continue;
      }
      host.log.info("the endpoint does not take a part of a request; the call is made again without it", { model: body.model, part: amendment.part });
      made.push(amendment);
      body = amendment.apply(body) ?? body;
    }
  }
}

/** Waits before the next try, or throws the error where there is none. */
async function waitOrThrow(error: OmniError, attempt: number, signal: AbortSignal, { host, options }: AskingParts): Promise<void> {
  const waitMs = toWait(error, attempt, options.maxRetries, host);
  if (waitMs === undefined) throw error;
  host.log.warn("a model call failed and is made again", { code: error.code, attempt: attempt + 1, waitMs });
  await host.clock.sleep(waitMs, signal).catch((reason: unknown) => {
    throw signal.aborted ? toCancelled(signal) : reason;
  });
}

/** The models on offer; none where the endpoint has no such list. */
async function listModels(parts: AskingParts, signal: AbortSignal): Promise<readonly ModelInfo[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return toModels(await parts.endpoint.list(signal));
    } catch (thrown) {
      const error = toOmniError(thrown, "internal");
      if (error.code === "provider.not-found" || error.code === "provider.refused") return [];
      await waitOrThrow(error, attempt, signal, parts);
    }
  }
}

/** The named model, else OpenAI's default, else the first that the endpoint lists. Lists only where the answer needs it. */
async function findDefaultModel({ options, endpoint, models }: Parts, signal: AbortSignal): Promise<ModelInfo> {
  const id = options.model ?? (options.baseUrl === undefined ? defaultModelId : undefined);
  if (id !== undefined) {
    const contextTokens = options.contextTokens ?? toKnownContext(id);
    if (contextTokens !== undefined || options.baseUrl === undefined) return { id };
    // The size of the context is worth one question, and not a failure: the model is known without it.
    const listed = await untilAborted(models.list(), signal).catch((error: unknown) => {
      if (isOmniError(error) && error.code === "turn.cancelled") throw error;
      return [];
    });
    return listed.find((each) => each.id === id) ?? { id };
  }
  const first = await untilAborted(models.first(), signal).catch((error: unknown) => {
    const cause = toOmniError(error, "provider.unreachable");
    if (cause.code === "turn.cancelled") throw cause;
    throw new OmniError(cause.code, `No model is named, and ${endpoint.origin} could not be asked for one: ${cause.message} Or name one in provider.with.model.`, { cause, retryable: cause.retryable });
  });
  if (first !== undefined) return first;
  throw new OmniError("provider.not-found", `No model is named, and ${endpoint.origin} lists none; name one in provider.with.model, or with --model.`);
}

function withContext(model: ModelInfo, options: OpenAIProviderOptions): ModelInfo {
  const contextTokens = options.contextTokens ?? model.contextTokens ?? toKnownContext(model.id);
  return { id: model.id, ...(contextTokens === undefined ? {} : { contextTokens }) };
}
