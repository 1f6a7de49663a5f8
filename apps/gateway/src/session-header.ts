import { OmniError } from "@omni/core";

/**
 * The `X-Session-Id` of a request, or null. A header's bytes come as Latin-1;
 * read as UTF-8 they pick the session that the same text in a body does.
 * Throws `session.invalid` where they are no UTF-8.
 */
export function toSessionHeader(headers: Headers): string | null {
  const given = headers.get("x-session-id");
  if (given === null || !/[\u007f-\u00ff]/.test(given)) return given;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(given, "latin1"));
  } catch (cause) {
    throw new OmniError("session.invalid", "X-Session-Id must be UTF-8.", { cause });
  }
}
