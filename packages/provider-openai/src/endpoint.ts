import type { Host, ModelEvent, OmniError } from "@omni/core";
import type { OpenAI } from "openai";
import type { Attempt } from "./attempt.ts";
import type { BodyProgress } from "./guarded-body.ts";
import type { ChatRequest } from "./chat-body.ts";
import type { GuardedFetchParts } from "./guarded-fetch.ts";
import type { OpenAIProviderOptions } from "./options.ts";
import { beginAttempt } from "./attempt.ts";
import { toCancelled, untilAborted } from "./cancellation.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import { gatherDeltas } from "./gather-deltas.ts";
import { openAIBaseUrl } from "./options.ts";
import { parseJson } from "./read-json.ts";
import { toBadResponse } from "./guarded-body.ts";
import { createReplyReader, toCut } from "./reply-events.ts";
import { toProviderError } from "./provider-error.ts";

/** The endpoint, asked once at a time; every failure is an error of Omni. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  /** One try of a reply. */
  ask(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined>;
  /** One try of the list of models, as JSON. */
  list(signal: AbortSignal): Promise<unknown>;
}

/** Longest delay a Node timer takes. The vendor's own deadline is never reached: ours are on the host's clock. */
const neverMs = 2_147_483_647;

/** Opens an endpoint. Nothing is imported, sent or connected before it is first asked. */
export function openEndpoint(options: OpenAIProviderOptions, host: Host): Endpoint {
  const baseUrl = options.baseUrl ?? openAIBaseUrl;
  const { origin } = new URL(baseUrl);
  const redact = toRedact(options, host);
  const headers = toHeaders(options);
  let vendor: Promise<typeof OpenAI> | undefined;
  const connect = async (parts: Pick<GuardedFetchParts, "attempt" | "progress" | "expects">): Promise<OpenAI> => {
    vendor ??= import("openai").then((module) => module.OpenAI);
    const Client = await vendor;
    const fetch = createGuardedFetch({ ...parts, origin, fetch: host.egress.configured(), headers: toRequestHeaders(headers, parts.expects) });
    // Everything the package would otherwise read from the environment is given, and its log is off.
    return new Client({ baseURL: baseUrl, apiKey: "unused", adminAPIKey: null, organization: null, project: null, webhookSecret: null, logLevel: "off", maxRetries: 0, timeout: neverMs, fetch });
  };
  const begin = (signal: AbortSignal): Attempt => beginAttempt(signal, { clock: host.clock, timeouts: options.timeouts, origin });
  const fail = (error: unknown, attempt: Attempt, model?: string): OmniError => {
    if (attempt.signal.aborted) return toCancelled(attempt.signal);
    return toProviderError(error, { origin, redact, now: () => host.clock.now(), ...(model === undefined ? {} : { model }) });
  };
  return {
    origin,
    async *ask({ body, names }, signal) {
      const attempt = begin(signal);
      const progress: BodyProgress = { hasEnded: false, isWithinEvent: false };
      let isComplete = false;
      try {
        const client = await connect({ attempt, progress, expects: "stream" });
        const chunks = await untilAborted(client.chat.completions.create(body, { signal: attempt.signal }), attempt.signal);
        const reply = createReplyReader(names);
        yield* gatherDeltas(chunks, (chunk) => {
          attempt.signal.throwIfAborted();
          return reply.read(chunk);
        });
        // The vendor's stream ends quietly when it is aborted; this one does not.
        attempt.signal.throwIfAborted();
        for (const event of reply.end()) yield event;
        isComplete = true;
      } catch (error) {
        throw fail(toStreamError(error, progress, origin), attempt, body.model);
      } finally {
        attempt.end(isComplete);
      }
    },
    async list(signal) {
      const attempt = begin(signal);
      const progress: BodyProgress = { hasEnded: false, isWithinEvent: false };
      let isComplete = false;
      try {
        const client = await connect({ attempt, progress, expects: "json" });
        const response = await untilAborted(client.models.list({ signal: attempt.signal }).asResponse(), attempt.signal);
        const value = parseJson(await response.text());
        isComplete = true;
        return value;
      } catch (error) {
        throw fail(error, attempt);
      } finally {
        attempt.end(isComplete);
      }
    },
  };
}

/** An event that is no JSON was cut where the body ended within it, and is no protocol elsewhere. */
function toStreamError(error: unknown, progress: BodyProgress, origin: string): unknown {
  if (!(error instanceof SyntaxError)) return error;
  return progress.hasEnded && progress.isWithinEvent ? toCut(error) : toBadResponse(origin, "events that are no JSON");
}

function toHeaders(options: OpenAIProviderOptions): Readonly<Record<string, string>> {
  return {
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
    ...(options.organization === undefined ? {} : { "openai-organization": options.organization }),
    ...Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

function toRequestHeaders(own: Readonly<Record<string, string>>, expects: GuardedFetchParts["expects"]): Readonly<Record<string, string>> {
  const isStream = expects === "stream";
  return { accept: isStream ? "text/event-stream, application/json" : "application/json", ...(isStream ? { "content-type": "application/json" } : {}), "user-agent": "omni", ...own };
}

/** Takes the key and every header's value out of a text, besides what the host knows to be secret. */
function toRedact(options: OpenAIProviderOptions, host: Host): (text: string) => string {
  const secrets = [options.apiKey, ...Object.values(options.headers ?? {})].filter((each): each is string => each !== undefined && each.length >= 8);
  for (const secret of secrets) host.secrets.register(secret);
  return (text) => host.secrets.redact(secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text));
}
