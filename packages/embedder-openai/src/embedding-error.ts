import { isOmniError, OmniError } from "@omni/core";
import { toRetryAfter } from "./retry.ts";

/** What an error's message may name. */
export interface ErrorPlace {
  /** Scheme, host and port of the endpoint; never its path or a key. */
  readonly origin: string;
  readonly model: string;
  /** Takes every secret out of a text. */
  readonly redact: (text: string) => string;
  /** Wall time, Unix milliseconds. */
  readonly now: () => number;
}

/** Most characters of an endpoint's own words in a message. */
const longestQuote = 300;

/** Statuses after which the same request may succeed. */
const passing: ReadonlySet<number> = new Set([408, 409, 425, 429]);

type Loose = Readonly<Record<string, unknown>>;

/** Whatever one try threw as `embedder.failed`, with whether another try may help. */
export function toEmbeddingError(error: unknown, place: ErrorPlace): OmniError {
  const known = findInCauses(error, isOmniError);
  if (known?.code === "embedder.failed") return known;
  if (known !== undefined) {
    const retryable = known.retryable || known.code === "egress.failed" || known.code === "egress.timeout";
    return new OmniError("embedder.failed", `The embedding endpoint ${place.origin} cannot be reached: ${quote(known.message, place)}`, { cause: known, retryable });
  }
  const response = findInCauses(error, hasStatus);
  return response === undefined ? toUnreachable(error, place) : fromStatus(response, place);
}

function fromStatus(error: Loose & { readonly status: number }, place: ErrorPlace): OmniError {
  const { status } = error;
  const words = quote(toWords(error), place);
  const isSpent = status === 429 && /insufficient_quota|exceeded your current quota/i.test(words + codeOf(error.error));
  const retryAfterMs = error.headers instanceof Headers ? toRetryAfter(error.headers, place.now()) : undefined;
  const said = `The embedding endpoint ${place.origin} ${toWhat(status, isSpent)} (${status})${words === "" ? "" : `: ${words}`}. ${toMend(status, place.model, isSpent)}`;
  return new OmniError("embedder.failed", said, { cause: error, retryable: (passing.has(status) && !isSpent) || status >= 500, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function toWhat(status: number, isSpent: boolean): string {
  if (status === 401 || status === 403) return "refuses the key";
  if (isSpent) return "says that the quota is spent";
  if (status === 429) return "asks to slow down";
  if (status === 404) return "knows no such model or path";
  return status >= 500 ? "fails on its side" : "refuses the request";
}

function toMend(status: number, model: string, isSpent: boolean): string {
  if (status === 401 || status === 403) return "Check embedder.with.apiKey.";
  if (isSpent) return "Check the account's billing.";
  if (status === 404) return `Check embedder.with.model (${JSON.stringify(model.slice(0, 100))}), and that baseUrl ends where the API begins (often /v1).`;
  return passing.has(status) || status >= 500 ? "Try again later." : "Check embedder.with.";
}

function toUnreachable(error: unknown, place: ErrorPlace): OmniError {
  const code = findInCauses(error, hasCode)?.code;
  const isCertificate = code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS|ERR_SSL/.test(code);
  const mend = isCertificate ? "its certificate is not trusted; give Node the right authority with NODE_EXTRA_CA_CERTS" : "check embedder.with.baseUrl, and that the server runs";
  return new OmniError("embedder.failed", `Cannot reach the embedding endpoint ${place.origin}${code === undefined ? "" : ` (${code})`}; ${mend}.`, { cause: error, retryable: !isCertificate });
}

/** The endpoint's own words, wherever it put them. A web page has none. */
function toWords(error: Loose): string {
  const body = error.error;
  const words = typeof body === "string" ? body : isLoose(body) ? (body.message ?? body.detail ?? body.error) : typeof error.message === "string" ? error.message.replace(/^\d{3} /, "") : "";
  const text = typeof words === "string" ? words : words === undefined ? "" : JSON.stringify(words);
  return /^\s*</.test(text) || text.startsWith("status code") ? "" : text;
}

function codeOf(body: unknown): string {
  return isLoose(body) ? ` ${String(body.code)} ${String(body.type)}` : "";
}

/** An endpoint's words on one line, cut, and without secrets or a full stop of their own. */
function quote(text: string, place: ErrorPlace): string {
  const line = place.redact(text.toWellFormed()).replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
  return (line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line).replace(/\.$/, "");
}

function isLoose(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasStatus(value: unknown): value is Loose & { readonly status: number } {
  return isLoose(value) && typeof value.status === "number";
}

function hasCode(value: unknown): value is Loose & { readonly code: string } {
  return isLoose(value) && typeof value.code === "string";
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
