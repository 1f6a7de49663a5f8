import { isIP } from "node:net";
import { OmniError } from "@omni/core";
import { isGlobalAddress } from "./address-class.ts";

/** Finds the addresses of a host name. Nobody waits for the answer once the signal is aborted, so what has not begun by then need not. */
export type Resolve = (host: string, signal?: AbortSignal) => Promise<readonly string[]>;

/** A URL that may be fetched, and where to connect for it. */
export interface EgressTarget {
  readonly url: URL;
  /** The validated addresses, the only ones to connect to; at least one. */
  readonly addresses: readonly string[];
}

/** Endings of names that never belong to the open internet (RFC 6761, 6762, 8375, ICANN's .internal, and what networks at home use). */
const closedEndings: readonly string[] = ["localhost", "local", "internal", "home.arpa", "lan", "intranet", "corp", "home", "localdomain", "onion"];

/** A URL by which something may be fetched at all. Throws `egress.refused`. */
export function toHttpUrl(input: string | URL): URL {
  const url = typeof input === "string" ? parse(input) : input;
  if (url.protocol !== "http:" && url.protocol !== "https:") throw toRefused(url, `the scheme ${JSON.stringify(url.protocol.slice(0, -1))} is not allowed, only http and https`);
  if (url.username !== "" || url.password !== "") throw toRefused(url, "it carries a user name or a password");
  return url;
}

/**
 * Judges a URL of the open world: its scheme, its host as it will be
 * understood, and every address the name resolves to. Throws `egress.refused`,
 * or `egress.failed` when the name is not known.
 */
export async function toOpenTarget(input: string | URL, resolve: Resolve, isAllowed: (address: string) => boolean = isGlobalAddress): Promise<EgressTarget> {
  const url = toHttpUrl(input);
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (isIP(host) !== 0) return toTarget(url, [host], isAllowed);
  if (isClosedName(host)) throw toRefused(url, "the host is a name of this machine or of a private network");
  const addresses = await resolve(host).catch((error: unknown) => {
    throw new OmniError("egress.failed", `The host of ${toShownUrl(url)} is not known (${error instanceof Error ? error.message : String(error)}).`, { cause: error, retryable: true });
  });
  if (addresses.length === 0) throw new OmniError("egress.failed", `The host of ${toShownUrl(url)} has no address.`, { retryable: true });
  return toTarget(url, addresses, isAllowed);
}

/** One closed address among many refuses the name: it is how a name is rebound. */
function toTarget(url: URL, addresses: readonly string[], isAllowed: (address: string) => boolean): EgressTarget {
  if (!addresses.every(isAllowed)) throw toRefused(url, "it leads to this machine, a private network or another reserved address");
  return { url, addresses };
}

function isClosedName(host: string): boolean {
  const name = host.toLowerCase();
  return !name.includes(".") || closedEndings.some((ending) => name.endsWith(`.${ending}`));
}

function parse(input: string): URL {
  const url = URL.parse(input);
  if (url === null) throw new OmniError("egress.refused", `${JSON.stringify(input.slice(0, 200))} is no URL; write it whole, with https://.`);
  return url;
}

/** The refusal of a URL, with its reason. */
export function toRefused(url: URL, reason: string): OmniError {
  return new OmniError("egress.refused", `${toShownUrl(url)} is not fetched: ${reason}.`);
}

/** A URL for people: without credentials, query and fragment, which may hold secrets. */
export function toShownUrl(url: URL): string {
  const path = url.protocol === "http:" || url.protocol === "https:" ? `//${url.host}${url.pathname}` : url.pathname;
  return `${url.protocol}${path}`.slice(0, 200);
}
