import type { Host, ModelInfo, ModelRequest, OmniModule, Provider } from "@omni/core";
import { OmniError } from "@omni/core";
import type { InferredProviderOptions } from "./inferred-provider-options.ts";
import { findEndpoint } from "./find-endpoint.ts";

/** How long a look without success counts for the first request of the turn that it was made for, milliseconds. */
const missMs = 5_000;

/** What it hands over to. Each is loaded when it is chosen. */
export interface InferredParts {
  /** Takes `baseUrl` and `model`. */
  found(): Promise<{ readonly omni: OmniModule<"provider"> }>;
  /** Does without a model. */
  absent(): Promise<{ readonly omni: OmniModule<"provider"> }>;
}

/**
 * A provider that is found: the first of the addresses with a list of models
 * at `/v1/models`, else the one without a model. Nothing is asked before the
 * first request needs it. What was found is kept for life; after a look
 * without success the next turn looks again.
 */
export function createInferredProvider(options: InferredProviderOptions, host: Host, parts: InferredParts): Provider {
  const life = new AbortController();
  const search = createSearch(options, { host, parts, ended: life.signal });
  return {
    async *stream(request, signal) {
      const provider = isGoingOn(request) ? await search.current(signal) : await search.forTurn(signal);
      yield* provider.stream(request, signal);
    },
    models: async (signal) => (await search.before(signal)).models(signal),
    async defaultModel(signal) {
      const provider = await search.before(signal);
      const info = await provider.defaultModel(signal);
      // The size is asked for once and kept: that of no model must not become that of one found later.
      return search.isFound() ? info : toSizeless(info);
    },
    async close() {
      life.abort(new OmniError("turn.cancelled", "The provider was closed."));
      await search.close();
    },
  };
}

/** Later rounds of a turn stay with what its first round found. */
function isGoingOn({ messages }: ModelRequest): boolean {
  return messages.at(-1)?.role === "tool";
}

function toSizeless({ id }: ModelInfo): ModelInfo {
  return { id };
}

interface Search {
  /** Looks where nothing was found yet; what is asked just before a turn counts for it. */
  before(signal: AbortSignal): Promise<Provider>;
  /** The same at the beginning of a turn. */
  forTurn(signal: AbortSignal): Promise<Provider>;
  /** What was found so far, without a look. */
  current(signal: AbortSignal): Promise<Provider>;
  isFound(): boolean;
  close(): Promise<void>;
}

function createSearch(options: InferredProviderOptions, { host, parts, ended }: { readonly host: Host; readonly parts: InferredParts; readonly ended: AbortSignal }): Search {
  let found: Provider | undefined;
  let absent: Promise<Provider> | undefined;
  let looking: Promise<Provider | undefined> | undefined;
  /** When the newest look failed, as long as no turn has begun on it. */
  let missedAt: number | undefined;

  const look = async (): Promise<Provider | undefined> => {
    const baseUrl = await findEndpoint(options.addresses, host, ended);
    if (baseUrl === undefined) return void (missedAt = host.clock.monotonic());
    const { omni } = await parts.found();
    const { model } = options;
    host.log.info("a model was found beside a server", { baseUrl });
    return (found = await omni.create(omni.options.parse({ baseUrl, ...(model === undefined ? {} : { model }) }), host));
  };
  const current = async (): Promise<Provider> => found ?? (await (absent ??= createAbsent(parts, host)));
  const before = async (signal: AbortSignal): Promise<Provider> => {
    if (found !== undefined) return found;
    if (missedAt !== undefined && host.clock.monotonic() - missedAt < missMs) return current();
    // One look for all that wait; each may stop waiting.
    looking ??= look().finally(() => (looking = undefined));
    return (await untilAborted(looking, signal)) ?? (await current());
  };
  return {
    before,
    async forTurn(signal) {
      const provider = await before(signal);
      missedAt = undefined;
      return provider;
    },
    current,
    isFound: () => found !== undefined,
    async close() {
      await found?.close();
      await (await absent)?.close();
    },
  };
}

async function createAbsent(parts: InferredParts, host: Host): Promise<Provider> {
  const { omni } = await parts.absent();
  return omni.create(omni.options.parse({}), host);
}

/** Settles with the work, or rejects with `turn.cancelled` when the signal is aborted first. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const abort = (): void => reject(new OmniError("turn.cancelled", "The request was cancelled.", { cause: signal.reason }));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", abort));
}
