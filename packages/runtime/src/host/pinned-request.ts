import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import type { EgressTarget } from "./egress-target.ts";
import type { HttpAnswer, HttpRequest } from "./http-request.ts";
import { sendRequest } from "./http-request.ts";

/** A request to a target that was judged. */
export interface PinnedRequest extends Pick<HttpRequest, "method" | "body" | "signal" | "clock"> {
  readonly target: EgressTarget;
  readonly headers: Headers;
}

/**
 * Sends one request to the validated addresses of its target and to no other:
 * the name is not resolved again, no proxy of the environment is asked, and no
 * connection is reused. Rejects with what the socket says.
 */
export async function sendPinned({ target, headers, ...request }: PinnedRequest): Promise<HttpAnswer> {
  const { url, addresses } = target;
  const { Agent } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  return sendRequest({ ...request, url, headers: { ...Object.fromEntries(headers), host: url.host }, agent: new Agent({ keepAlive: false }), lookup: toLookup(addresses) });
}

/** Answers what was validated, whatever it is asked. */
function toLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}
