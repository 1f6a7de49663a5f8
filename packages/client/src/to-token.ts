import { checkVisible } from "./check-visible.ts";

/** A token as it is sent: without the white space around it, for a file ends with a line break. Throws `request.invalid`. */
export function toToken(given: string): string {
  return checkVisible(given.trim(), "token");
}
