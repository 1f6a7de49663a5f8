import type { Host } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OpenAI } from "openai";
import type { OpenAIEmbedderOptions } from "./openai-embedder-options.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import { toEmbeddingError } from "./embedding-error.ts";
import { openAIBaseUrl } from "./known-models.ts";
import { readVectors } from "./read-vectors.ts";

/** The endpoint, asked once at a time. */
export interface Endpoint {
  /** One try of one request. Throws `embedder.failed`, or the signal's reason once that is aborted. */
  ask(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}

/** Longest delay a Node timer takes. The vendor's own deadline is never reached: ours is on the host's clock. */
const neverMs = 2_147_483_647;

/** Opens an endpoint. Nothing is imported, sent or connected before it is first asked. */
export function openEndpoint(options: OpenAIEmbedderOptions, host: Host): Endpoint {
  const { model, dimensions, shorten, timeoutMs } = options;
  const baseURL = options.baseUrl ?? openAIBaseUrl;
  const { origin } = new URL(baseURL);
  const place = { origin, model, redact: toRedact(options, host), now: () => host.clock.now() };
  const headers = toRequestHeaders(options);
  let vendor: Promise<typeof OpenAI> | undefined;
  const connect = async (signal: AbortSignal): Promise<OpenAI> => {
    vendor ??= import("openai").then((module) => module.OpenAI);
    const Client = await vendor;
    const fetch = createBoundedFetch({ origin, headers, signal, fetch: host.egress.configured() });
    // Everything the package would otherwise read from the environment is given, and its log is off.
    return new Client({ baseURL, apiKey: "unused", adminAPIKey: null, organization: null, project: null, webhookSecret: null, logLevel: "off", maxRetries: 0, timeout: neverMs, fetch });
  };
  return {
    async ask(texts, signal) {
      const late = new AbortController();
      const callOff = host.clock.after(timeoutMs, () => late.abort());
      const either = AbortSignal.any([signal, late.signal]);
      try {
        const client = await connect(either);
        // Asked for as numbers: not every server knows the shorter base 64.
        const request = client.embeddings.create({ model, input: [...texts], encoding_format: "float", ...(shorten ? { dimensions } : {}) }, { signal: either });
        const answer: unknown = parseJson(await (await untilAborted(request.asResponse(), either)).text());
        return readVectors(answer, { count: texts.length, dimensions, origin, model });
      } catch (error) {
        signal.throwIfAborted();
        if (late.signal.aborted) throw new OmniError("embedder.failed", `The embedding endpoint ${origin} did not answer within ${timeoutMs / 1_000} s; try again, or raise embedder.with.timeoutMs for a slow model.`, { retryable: true });
        throw toEmbeddingError(error, place);
      } finally {
        callOff();
      }
    },
  };
}

/** The promise's outcome, or a rejection as soon as the signal is aborted, whether or not the promise heeds it. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const listener = (): void => reject(signal.reason);
  signal.addEventListener("abort", listener, { once: true });
  if (signal.aborted) listener();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", listener);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toRequestHeaders(options: OpenAIEmbedderOptions): Readonly<Record<string, string>> {
  const key = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
  return { accept: "application/json", "content-type": "application/json", "user-agent": "omni", ...key, ...options.headers };
}

/** Takes the key and every header's value out of a text, besides what the host knows to be secret. */
function toRedact(options: OpenAIEmbedderOptions, host: Host): (text: string) => string {
  const secrets = [options.apiKey, ...Object.values(options.headers)].filter((each): each is string => each !== undefined && each.length >= 8);
  for (const secret of secrets) host.secrets.register(secret);
  return (text) => host.secrets.redact(secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text));
}
