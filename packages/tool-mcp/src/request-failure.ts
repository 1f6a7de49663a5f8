import { isOmniError } from "@omni/core";
import { isJsonObject } from "./json-shape.ts";

/**
 * What became of a request that has no result. `answered`: the server
 * answered with an error. `unsent`: it never reached the server, so it may be
 * sent again. `lost`: it was sent, and what became of it is unknown.
 * `timeout`: no answer in time, fate unknown too. `aborted`: nobody wants the
 * answer any more. `malformed`: it was answered, with something that is not
 * the protocol.
 */
export type RequestFate = "answered" | "unsent" | "lost" | "timeout" | "aborted" | "malformed";

/** A request without a result. */
export class RequestFailure extends Error {
  readonly fate: RequestFate;
  /** True where the connection is of no use any more. */
  readonly isFinal: boolean;

  constructor(fate: RequestFate, message: string, options: { readonly isFinal?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "RequestFailure";
    this.fate = fate;
    this.isFinal = options.isFinal ?? false;
  }
}

/** Marks the error that stands in for an answer which did not come. */
export const cutMark = "omni-answer-cut";

/** Codes of an address that is not known, of a certificate that is not taken and of a proxy that opens no way: no request goes out then. */
const unmade: readonly unknown[] = ["ENOTFOUND", "EAI_AGAIN", "ERR_PROXY_TUNNEL", "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"];

/** Reads what the SDK threw, knowing whether the connection is still there and, if not, why. */
export function toRequestFailure(error: unknown, { isOpen, reason }: { readonly isOpen: boolean; readonly reason?: string | undefined }): RequestFailure {
  if (error instanceof RequestFailure) return error;
  const message = toReason(error);
  const options = { cause: error };
  const lost = (): RequestFailure => new RequestFailure("lost", isOpen ? "the answer broke off" : (reason ?? "the connection was lost"), { ...options, isFinal: !isOpen });
  // Its words are the server's own, so nothing is read from them.
  if (isServerError(error)) return !isOpen || hasMark(error) ? lost() : new RequestFailure("answered", message.replace(/^MCP error -?\d+: /, ""), options);
  if (message === "Not connected") return new RequestFailure("unsent", "the connection is closed", { ...options, isFinal: true });
  if (isOmniError(error) && (error.code === "spawn.failed" || error.code === "egress.refused")) return new RequestFailure("unsent", message, { ...options, isFinal: true });
  if (isUnmade(error)) return new RequestFailure("unsent", message, { ...options, isFinal: true });
  if (!isOpen) return lost();
  const status = toHttpStatus(error);
  if (status !== undefined) return toStatusFailure(status, message, options);
  if (error instanceof Error && /Zod/.test(error.name)) return new RequestFailure("malformed", "its answer is not the protocol", options);
  return new RequestFailure("lost", message, { ...options, isFinal: true });
}

/** A 4xx says that nothing was done; a 404 that the server has forgotten the session. A 5xx may come from something in between. */
function toStatusFailure(status: number, message: string, options: { readonly cause: unknown }): RequestFailure {
  if (status === 404) return new RequestFailure("unsent", "the server has forgotten the session (HTTP 404)", { ...options, isFinal: true });
  if (status === 401 || status === 403) return new RequestFailure("answered", `the server refuses access (HTTP ${status}); check its headers in mcp.json`, options);
  return new RequestFailure(status >= 400 && status < 500 ? "answered" : "lost", message, options);
}

/** The HTTP status an error of the SDK's transports speaks of. What follows its first words may be the server's own. */
export function toHttpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || isServerError(error)) return undefined;
  const code = codeOf(error);
  if (typeof code === "number" && code >= 300 && code < 600) return code;
  const found = /^Error POSTing to endpoint \(HTTP (\d{3})\)/.exec(error.message)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The words of an error and of what caused it. */
export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && !isOmniError(error) && !(error instanceof RequestFailure) && error.cause.message !== "" ? `${error.message}: ${error.cause.message}` : error.message;
}

/** True for an error the server answered with, and for one that stands in for an answer. */
function isServerError(error: unknown): boolean {
  return error instanceof Error && error.name === "McpError" && typeof codeOf(error) === "number";
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** True where no connection came about, whatever the error is wrapped in. */
function isUnmade(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (unmade.includes(codeOf(error)) || ("syscall" in error && error.syscall === "connect")) return true;
  return (error instanceof AggregateError && error.errors.some((each) => isUnmade(each, depth + 1))) || isUnmade(error.cause, depth + 1);
}

function hasMark(error: unknown): boolean {
  const data: unknown = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  return isJsonObject(data) && data["kind"] === cutMark;
}
