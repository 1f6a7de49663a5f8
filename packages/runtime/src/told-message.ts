import type { OmniErrorCode, Principal } from "@omni/core";
import { errorCodes } from "@omni/core";

/** Codes whose messages speak of nothing but the request, the turn or the model: they are told to everybody as they are. */
const openCodes: RegExp = /^(?:message|session|turn|ask|auth|request|provider)\.|^no-model$|^gateway\.draining$|^tool\.invalid-arguments$/;

/**
 * What is told of an error: the words where it was made, or the sentence of
 * the code's row in the error table where those words may name paths of the
 * host and the principal has no scope `admin`. Of a defect nobody is told more.
 */
export function toToldMessage(error: { readonly code: OmniErrorCode; readonly message: string }, principal: Principal): string {
  const isOpen = openCodes.test(error.code) || (principal.scopes.includes("admin") && error.code !== "internal");
  return isOpen ? error.message : errorCodes[error.code];
}
