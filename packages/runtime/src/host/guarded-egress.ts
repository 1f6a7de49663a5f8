import type { Clock, Egress, EgressOptions } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";
import type { Resolve } from "./egress-target.ts";
import { isGlobalAddress } from "./address-class.ts";
import { createDirectFetch } from "./direct-fetch.ts";
import { createEgressDeadline } from "./egress-deadline.ts";
import { createSystemResolve } from "./system-resolve.ts";
import { followOpen } from "./open-fetch.ts";
import { toConfiguredFetch } from "./configured-fetch.ts";
import { toHttpUrl, toShownUrl } from "./egress-target.ts";
import { withLimits } from "./limited-body.ts";

/** Limits where the caller names none, for the open world only. */
const defaultMaxBytes = 33_554_432;
const defaultTimeoutMs = 60_000;

/** The edges of the way out, which tests replace. */
export interface EgressParts {
  readonly clock: Clock;
  /** Finds addresses; default: {@link createSystemResolve}. */
  readonly resolve?: Resolve;
  /** Fetches what the owner configured; default: {@link createDirectFetch}. */
  readonly fetch?: typeof fetch;
  /** Judges addresses of the open world; default {@link isGlobalAddress}. Only for tests, which have no other server than their own machine. */
  readonly isAllowed?: (address: string) => boolean;
}

/**
 * The one way out. The open world: every address of a host must be global, the
 * connection goes to an address that was judged, at most five redirects are
 * each judged anew, headers stay behind when the origin changes, the body and
 * the time are bounded, that of finding addresses included. What the owner configured: any address, http or https,
 * redirects within the same origin only.
 */
export function createGuardedEgress(parts: EgressParts): Egress {
  const resolve = parts.resolve ?? createSystemResolve();
  const isAllowed = parts.isAllowed ?? isGlobalAddress;
  const configured = toConfiguredFetch(parts.fetch ?? createDirectFetch(parts.clock));
  return {
    configured: () => configured,
    async fetch(input, init = {}, options = {}) {
      const url = toHttpUrl(input);
      const limits = toLimits(options);
      const deadline = createEgressDeadline(parts.clock, limits.timeoutMs, init.signal ?? undefined);
      try {
        const inner = { ...init, signal: deadline.signal };
        const response = options.configured === true ? await configured(url, inner) : await followOpen(url, inner, { clock: parts.clock, resolve, isAllowed, withinHost: options.withinHost === true });
        return withLimits(response, { url, maxBytes: limits.maxBytes, deadline });
      } catch (error) {
        deadline.clear();
        throw toEgressError(deadline.reason() ?? error, url);
      }
    },
  };
}

function toLimits(options: EgressOptions): { readonly maxBytes: number; readonly timeoutMs: number | undefined } {
  if (options.configured === true) return { maxBytes: options.maxBytes ?? Infinity, timeoutMs: options.timeoutMs };
  return { maxBytes: options.maxBytes ?? defaultMaxBytes, timeoutMs: options.timeoutMs ?? defaultTimeoutMs };
}

/** An abort by the caller stays what it is; a refusal keeps its code; the rest is a failure that may pass. */
function toEgressError(error: unknown, url: URL): unknown {
  if (isOmniError(error) || (error instanceof Error && error.name === "AbortError")) return error;
  const reason = error instanceof Error ? toReason(error) : String(error);
  return new OmniError("egress.failed", `The fetch of ${toShownUrl(url)} failed: ${reason}.`, { cause: error, retryable: true });
}

function toReason(error: Error): string {
  const inner = error.cause instanceof Error ? error.cause : error;
  return "code" in inner && typeof inner.code === "string" ? `${inner.code} ${inner.message}`.trim() : inner.message;
}
