import type { OmniErrorCode } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { Loose } from "./read-json.ts";
import { isLoose, toText } from "./read-json.ts";
import { isPictureRefusal } from "./picture-refusal.ts";
import { toRetryAfter } from "./retry.ts";

/** What an error's message may name. */
export interface ErrorPlace {
  /** Scheme, host and port of the endpoint; never its path or a key. */
  readonly origin: string;
  /** The model asked for; absent where the list of models is. */
  readonly model?: string;
  /** Takes every secret out of a text. */
  readonly redact: (text: string) => string;
  /** Wall time, Unix milliseconds. */
  readonly now: () => number;
}

/** Most characters of an endpoint's own words in a message. */
const longestQuote = 300;

/** Whatever a call of the vendor's package threw before a reply began, as an error of Omni. */
export function toProviderError(error: unknown, place: ErrorPlace): OmniError {
  const known = findInCauses(error, isOmniError);
  if (known !== undefined) return fromKnown(known, place);
  if (isLoose(error) && typeof error.status === "number") return fromStatus(error.status, error, place);
  if (isLoose(error) && error.error !== undefined && error.error !== null) return fromStatus(toStatus(error.error), error, place);
  const isConnection = isLoose(error) && error.cause !== undefined;
  return isConnection ? toUnreachable(error, place) : toOmniError(error, "internal");
}

function fromKnown(known: OmniError, place: ErrorPlace): OmniError {
  if (!known.code.startsWith("egress.")) return known;
  const retryable = known.code === "egress.failed" || known.code === "egress.timeout";
  return new OmniError("provider.unreachable", `The model endpoint ${place.origin} cannot be reached: ${quote(known.message, place)}`, { cause: known, retryable });
}

/** Codes of TLS: another try meets the same certificate. */
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|ERR_SSL/;

function toUnreachable(error: unknown, place: ErrorPlace): OmniError {
  const code = findInCauses(error, (each): each is Loose & { readonly code: string } => isLoose(each) && typeof each.code === "string")?.code;
  const isCertificate = code !== undefined && certificate.test(code);
  const why = code === undefined ? "" : ` (${code})`;
  const mend = isCertificate ? "its certificate is not trusted; give Node the right authority with NODE_EXTRA_CA_CERTS" : "check provider.with.baseUrl, and that the server runs";
  return new OmniError("provider.unreachable", `Cannot reach the model endpoint ${place.origin}${why}; ${mend}.`, { cause: error, retryable: !isCertificate });
}

/** An error that came inside a stream, or inside a body with status 200, as the status it stands for. */
function toStatus(error: unknown): number {
  if (!isLoose(error)) return 500;
  const code = Number(error.code ?? error.status);
  if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  const kind = `${toText(error.type)} ${toText(error.code)}`;
  if (/rate_limit|insufficient_quota/.test(kind)) return 429;
  if (/authentication|invalid_api_key/.test(kind)) return 401;
  return /invalid_request|context_length/.test(kind) ? 400 : 500;
}

/** Words for a request that is too long: those of OpenAI, vLLM, llama.cpp, Ollama, LM Studio, Groq, Gemini and gateways before Anthropic. */
const tooLong =
  /context_length_exceeded|exceed_context_size|(maximum|max) (context|model) (length|size)|context (length|size|window)\b.*(exceed|overflow|of only)|(exceed|overflow|longer than|larger than|too (long|large)).*context[_ ](length|size|window)|context the overflows|(prompt|input|request)( is)? too long|(input|prompt) token count.*exceeds|reduce the length of/i;

function fromStatus(status: number, error: Loose, place: ErrorPlace): OmniError {
  const words = toWords(error);
  const mentions = `${words} ${isLoose(error.error) ? `${toText(error.error.code)} ${toText(error.error.type)}` : ""}`;
  const detail = words === "" ? "" : `: ${quote(words, place)}`;
  const retryAfterMs = error.headers instanceof Headers ? toRetryAfter(error.headers, place.now()) : undefined;
  const fail = (code: OmniErrorCode, text: string, retryable: boolean): OmniError =>
    new OmniError(code, text, { retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  const at = `The model endpoint ${place.origin}`;
  const isRateLimit = status === 429;
  const toRefused = (): OmniError => fail("provider.refused", `${at} refuses the request (${status})${detail}.`, false);
  if (isPictureRefusal(status, words)) return toRefused();
  if (status === 413 || (!isRateLimit && tooLong.test(mentions))) return fail("provider.context-too-long", `The request is longer than the model takes (${status})${detail}. Send less, or set agent.contextTokens to the model's real size.`, false);
  if (status === 401 || status === 403) return fail("provider.unauthorised", `${at} refuses the key (${status})${detail}. Check provider.with.apiKey and what the key may do.`, false);
  if (status === 404) return fail("provider.not-found", `${at} knows no such ${place.model === undefined ? "path" : `model or path (model ${JSON.stringify(place.model.slice(0, 100))})`}${detail}. Check provider.with.model, and that baseUrl ends where the API begins (often /v1).`, false);
  if (isRateLimit && /insufficient_quota|exceeded your current quota/i.test(mentions)) return fail("provider.rate-limited", `${at} says that the account has used up its quota (429)${detail}. Check its plan and billing.`, false);
  if (isRateLimit) return fail("provider.rate-limited", `${at} asks to slow down (429)${detail}. ${retryAfterMs === undefined ? "Wait a little" : `Wait ${Math.ceil(retryAfterMs / 1000)} s`} and try again.`, true);
  if (status >= 500 || status === 408 || status === 409 || status === 425) return fail("provider.unavailable", `${at} fails on its side (${status})${detail}. Try again later.`, true);
  return toRefused();
}

/** The endpoint's own words, wherever it put them. A web page has none. */
function toWords(error: Loose): string {
  const body = error.error;
  if (typeof body === "string") return body;
  if (isLoose(body)) {
    const words = body.message ?? body.detail ?? body.error;
    return typeof words === "string" ? words : words === undefined || words === null ? "" : JSON.stringify(words);
  }
  const text = toText(error.message).replace(/^\d{3} /, "");
  return /^\s*</.test(text) || text.startsWith("status code") ? "" : text;
}

/** An endpoint's words, on one line, cut, and without secrets or a full stop of their own. */
function quote(text: string, place: ErrorPlace): string {
  const line = place.redact(text.toWellFormed()).replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
  return (line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line).replace(/\.$/, "");
}

/** The first that fits of an error, its causes, and the parts of an aggregate. */
function findInCauses<Found>(error: unknown, fits: (each: unknown) => each is Found, depth = 0): Found | undefined {
  if (fits(error)) return error;
  if (depth > 8 || typeof error !== "object" || error === null) return undefined;
  const causes: readonly unknown[] = ["cause" in error ? error.cause : undefined, ...("errors" in error && Array.isArray(error.errors) ? error.errors : [])];
  for (const cause of causes) {
    const found = cause === undefined ? undefined : findInCauses(cause, fits, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
