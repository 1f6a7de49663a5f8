import { isIPv6 } from "node:net";
import { OmniError } from "@omni/core";

/** A name or an address as `Host` has it, without and with a port. */
const hostPattern = /^(\[[\da-f:.]+\]|[\da-z.-]+)(?::\d{1,5})?$/;

/** True for names and addresses of this very machine. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** True for a name that requests may come under from beyond this machine: a host and nothing else, written as a URL has it, so that it can be found again. */
export function isPublicHost(given: string): boolean {
  const name = given.toLowerCase();
  const url = `http://${name}`;
  return hostPattern.exec(name)?.[1] === name && URL.canParse(url) && new URL(url).hostname === name && !isLoopbackHost(name) && !isWildcard(name);
}

/** True for what stands for every address of this machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]" || host === "";
}

/** The names and addresses that requests may come under, written as `Host` has them, of those that are listened on or stated. What stands for every address is none. */
export function toKnownHosts(given: readonly string[]): readonly string[] {
  return given.map(toUrlHost).filter((host) => !isWildcard(host));
}

/** A name or an address as URLs have it: small letters, and an IPv6 address in its shortest form, in brackets and without the zone that only this machine knows it by. As it stands where no URL can have it. */
export function toUrlHost(host: string): string {
  const url = `http://${isIPv6(host) ? `[${host.replace(/%.*$/, "")}]` : host}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}

/**
 * Throws `auth.forbidden` unless `Host` is a name of this machine or one the
 * gateway was told it is reached by, and `Origin`, where a browser sends it,
 * is that same host. This authenticates nobody: it keeps pages of strangers,
 * also those whose name was rebound to this machine, from reaching the routes.
 */
export function checkOrigin(request: Request, hosts: readonly string[]): void {
  const url = new URL(request.url);
  const given = (request.headers.get("host") ?? url.host).toLowerCase();
  const hostname = hostPattern.exec(given)?.[1];
  const isKnown = (name: string | undefined): boolean => name !== undefined && (isLoopbackHost(name) || hosts.includes(name));
  if (!isKnown(hostname) || !isKnown(url.hostname)) throw new OmniError("auth.forbidden", "The Host header names no host of this gateway.");
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== `http://${given}` && origin !== `https://${given}`) throw new OmniError("auth.forbidden", "Requests from this origin are refused.");
}
