import { OmniError } from "@omni/core";

/** The gateway's address as what its paths are resolved against: its own path ends with a slash. Throws `request.invalid` for what is no URL with one of these protocols (`http:`). */
export function toBaseUrl(url: string, protocols: readonly string[]): URL {
  const wanted = `it must begin with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`;
  let base: URL;
  try {
    base = new URL(url.endsWith("/") ? url : `${url}/`);
  } catch (cause) {
    throw new OmniError("request.invalid", `The gateway's address is no URL; ${wanted}.`, { cause });
  }
  // A host and port alone are a URL too: that of a protocol with the host's name.
  if (!protocols.includes(base.protocol)) throw new OmniError("request.invalid", `The gateway's address begins with ${JSON.stringify(base.protocol)}; ${wanted}.`);
  return base;
}
