import { OmniError } from "@omni/core";

/** The text, where all of it can be sent in a header: visible ASCII characters. Throws `request.invalid`, which names what it is and does not show it. */
export function checkVisible(text: string, what: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text;
  throw new OmniError("request.invalid", `The ${what} must be visible ASCII characters, without spaces and line breaks.`);
}
