import { isOmniError, OmniError } from "@omni/core";
import type { BodyKind } from "./body-kind.ts";
import type { ReadBody } from "./read-body.ts";
import type { WebToolParts } from "./create-web-tool.ts";
import { toBodyKind } from "./body-kind.ts";
import { readBody } from "./read-body.ts";
import { toRedirectTarget } from "./redirect-target.ts";

/** Bytes read of what will not be shown, and of an answer that is a refusal. */
const unshownBytes = 8_192;
const refusalBytes = 65_536;

const accept = "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.9, application/json;q=0.9, */*;q=0.5";

/** An answer with what was read of it. */
export interface Answer {
  /** Address that was asked for. */
  readonly asked: string;
  /** Address it came from in the end. */
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  readonly isSuccess: boolean;
  readonly body: ReadBody;
  /** Header `content-type`, or empty. */
  readonly claimed: string;
  readonly kind: BodyKind;
  /** Address at another host that it redirects to. Nothing was sent there, and no body was read. */
  readonly leadsTo?: string;
}

/**
 * Fetches from the open world and reads at most `limit` bytes of text, or what
 * a picture may have. Redirects are followed within the host of `url`, which
 * is all that the policy was asked about. Throws what the host's egress throws.
 */
export async function fetchAnswer({ host, options }: WebToolParts, url: URL, limit: number, signal: AbortSignal): Promise<Answer> {
  const init: RequestInit = { headers: { accept, "user-agent": options.userAgent }, signal };
  // The body is bounded here and not by the egress, so that the head of a large page is shown instead of refused.
  const response = await host.egress.fetch(url, init, { maxBytes: Number.MAX_SAFE_INTEGER, timeoutMs: options.timeoutMs, withinHost: true });
  const claimed = response.headers.get("content-type") ?? "";
  const toLimit = (head: Uint8Array): number => {
    const { kind } = toBodyKind(head, claimed);
    if (kind === "image") return options.imageBytes;
    return Math.min(limit, kind === "binary" ? unshownBytes : response.ok ? limit : refusalBytes);
  };
  const from = response.url === "" ? url.href : response.url;
  const leadsTo = toRedirectTarget(response, from);
  const read = leadsTo === undefined ? readBody(response, toLimit, signal) : dropBody(response);
  const body = await read.catch((error: unknown) => {
    throw signal.aborted || isOmniError(error) ? error : toUnreadable(error, url, response.headers.get("content-encoding"));
  });
  return {
    asked: url.href,
    url: from,
    status: response.status,
    statusText: response.statusText,
    isSuccess: response.ok,
    body,
    claimed,
    kind: toBodyKind(body.bytes, claimed),
    ...(leadsTo === undefined ? {} : { leadsTo }),
  };
}

async function dropBody(response: Response): Promise<ReadBody> {
  await response.body?.cancel().catch(() => undefined);
  return { bytes: new Uint8Array() };
}

/** What unpacks a body says nothing when it cannot, so what is most likely wrong is told, with the claim where it is known. */
function toUnreadable(error: unknown, url: URL, encoding: string | null): OmniError {
  const claim = encoding === null ? "perhaps it is not packed as it says" : `it says that it is packed as ${JSON.stringify(encoding.slice(0, 40))}`;
  const reason = error instanceof Error && error.message !== "" ? error.message : claim;
  return new OmniError("egress.failed", `${url.origin}${url.pathname} answered with a body that cannot be read: ${reason}.`, { cause: error, retryable: true });
}
