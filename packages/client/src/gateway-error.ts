import type { OmniErrorCode } from "@omni/core";
import { errorCodes, OmniError } from "@omni/core";
import type { GatewayResponse } from "./transport.ts";
import type { WireObject } from "./wire-object.ts";
import { parseWireObject } from "./wire-object.ts";

/** Codes after which the same request may succeed later. */
const retryableCodes: ReadonlySet<OmniErrorCode> = new Set<OmniErrorCode>(["gateway.draining", "store.busy", "store.full", "session.full", "request.conflict"]);

/** A code of the error table, or `internal` for one that a newer gateway knows. */
export function toErrorCode(code: string): OmniErrorCode {
  return isErrorCode(code) ? code : "internal";
}

function isErrorCode(code: string): code is OmniErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** The error that a response tells: its own code, words and time to wait. What is none of the gateway's is `egress.failed` with its status. */
export function toResponseError(response: Pick<GatewayResponse, "status" | "header">, body: string): OmniError {
  const told = readError(body);
  if (told === undefined) return new OmniError("egress.failed", `The gateway answered with status ${response.status} and no error of its own.`, { retryable: response.status >= 500 });
  const code = toErrorCode(told.code);
  const seconds = Number(response.header("retry-after") ?? Number.NaN);
  return new OmniError(code, told.message, { retryable: retryableCodes.has(code) || response.status === 429, ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}) });
}

function readError(body: string): { readonly code: string; readonly message: string } | undefined {
  try {
    const error = parseWireObject(body).object("error");
    return { code: error.text("code"), message: error.text("message") };
  } catch {
    return undefined;
  }
}

/** The error of a connection that could not be made, or broke. The caller's own abort is passed on as it is. */
export function toConnectionError(cause: unknown, place: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  return new OmniError("egress.failed", `The gateway at ${place} cannot be reached (${toReason(cause)}); is it running?`, { cause, retryable: true });
}

function toReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
}

/** The error of a frame, with its own code, words and time to wait. */
export function toFrameError(wire: WireObject): OmniError {
  const error = wire.object("error");
  const code = toErrorCode(error.text("code"));
  const retryAfterMs = error.optionalNumber("retry_after_ms");
  return new OmniError(code, error.text("message"), { retryable: retryableCodes.has(code) || retryAfterMs !== undefined, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}
