import type { Host, ModelEvent, OmniError } from "@omni/core";
import type { OpenAI } from "openai";
import type { Attempt } from "./attempt.ts";
import type { ChatRequest } from "./chat-body.ts";
import type { Expected, GuardedCall } from "./guarded-fetch.ts";
import type { OpenAIProviderOptions } from "./options.ts";
import { beginAttempt } from "./attempt.ts";
import { toCancelled, untilAborted } from "./cancellation.ts";
import { createLeanClient } from "./lean-client.ts";
import { createGuardedFetch } from "./guarded-fetch.ts";
import { createReplyReader } from "./reply-events.ts";
import { gatherDeltas } from "./gather-deltas.ts";
import { isLoose, parseJson } from "./read-json.ts";
import { openAIBaseUrl } from "./options.ts";
import { readEventStream } from "./event-stream.ts";
import { toBadResponse } from "./guarded-body.ts";
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

/** The vendor's package, once it is there. */
interface Vendor {
  readonly client: OpenAI;
  readonly APIError: typeof OpenAI.APIError;
}

/** Longest delay a Node timer takes. The vendor's own deadline is never reached: ours are on the host's clock. */
const neverMs = 2_147_483_647;

/** Everything the package would otherwise read from the environment is given, and its log and its retries are off. */
const given = { apiKey: "unused", adminAPIKey: null, organization: null, project: null, webhookSecret: null, logLevel: "off", maxRetries: 0, timeout: neverMs } as const;

/** Opens an endpoint. Nothing is imported, sent or connected before it is first asked. */
export function openEndpoint(options: OpenAIProviderOptions, host: Host): Endpoint {
  const baseUrl = options.baseUrl ?? openAIBaseUrl;
  const { origin } = new URL(baseUrl);
  const redact = toRedact(options, host);
  const headers = toHeaders(options);
  let vendor: Promise<Vendor> | undefined;
  const connect = (): Promise<Vendor> =>
    (vendor ??= import("openai").then(({ OpenAI: Client }) => {
      const fetch = createGuardedFetch({ origin, fetch: host.egress.configured(), headers: { stream: toRequestHeaders(headers, "stream"), json: toRequestHeaders(headers, "json") } });
      return { client: createLeanClient(Client, { ...given, baseURL: baseUrl, fetch }), APIError: Client.APIError };
    }));
  const begin = (signal: AbortSignal): Attempt => beginAttempt(signal, { clock: host.clock, timeouts: options.timeouts, origin });
  const fail = (error: unknown, attempt: Attempt, model?: string): OmniError => {
    if (attempt.signal.aborted) return toCancelled(attempt.signal);
    return toProviderError(error, { origin, redact, now: () => host.clock.now(), ...(model === undefined ? {} : { model }) });
  };
  return {
    origin,
    async *ask({ body, names }, signal) {
      const attempt = begin(signal);
      let isComplete = false;
      try {
        const { client, APIError } = await connect();
        const response = await untilAborted(client.chat.completions.create(body, toCallOptions(attempt, "stream")).asResponse(), attempt.signal);
        const reply = createReplyReader(names);
        const take = (value: unknown, name: string | undefined): readonly ModelEvent[] => {
          attempt.signal.throwIfAborted();
          const error = toErrorOf(value, name);
          if (error !== undefined) throw new APIError(undefined, error, undefined, response.headers);
          return reply.read(value);
        };
        const { body: bytes } = response;
        if (bytes === null) throw toBadResponse(origin, "nothing");
        yield* gatherDeltas((gather) => readEventStream(bytes, { attempt, origin, take: (value, name) => gather(take(value, name)) }));
        attempt.signal.throwIfAborted();
        for (const event of reply.end()) yield event;
        isComplete = true;
      } catch (error) {
        throw fail(error, attempt, body.model);
      } finally {
        attempt.end(isComplete);
      }
    },
    async list(signal) {
      const attempt = begin(signal);
      let isComplete = false;
      try {
        const { client } = await connect();
        const response = await untilAborted(client.models.list(toCallOptions(attempt, "json")).asResponse(), attempt.signal);
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

function toCallOptions(attempt: Attempt, expects: Expected): { readonly signal: AbortSignal; readonly fetchOptions: GuardedCall } {
  return { signal: attempt.signal, fetchOptions: { redirect: "follow", attempt, expects } };
}

/** The error that came as an event of a stream: under its own name, or in place of a chunk. */
function toErrorOf(value: unknown, name: string | undefined): object | undefined {
  const error: unknown = isLoose(value) ? value.error : undefined;
  const told = name === "error" ? (error ?? value) : error;
  if (told === undefined || told === null || told === false || told === "") return undefined;
  return isLoose(told) ? told : { message: String(told) };
}

function toHeaders(options: OpenAIProviderOptions): Readonly<Record<string, string>> {
  return {
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
    ...(options.organization === undefined ? {} : { "openai-organization": options.organization }),
    ...Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

function toRequestHeaders(own: Readonly<Record<string, string>>, expects: Expected): Readonly<Record<string, string>> {
  const isStream = expects === "stream";
  return { accept: isStream ? "text/event-stream, application/json" : "application/json", ...(isStream ? { "content-type": "application/json" } : {}), "user-agent": "omni", ...own };
}

/** Takes the key and every header's value out of a text, besides what the host knows to be secret. */
function toRedact(options: OpenAIProviderOptions, host: Host): (text: string) => string {
  const secrets = [options.apiKey, ...Object.values(options.headers ?? {})].filter((each): each is string => each !== undefined && each.length >= 8);
  for (const secret of secrets) host.secrets.register(secret);
  return (text) => host.secrets.redact(secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text));
}
