import type { Principal } from "@omni/core";
import { OmniError } from "@omni/core";

/** Most characters of a session id. */
const mostCharacters = 256;

/** A session id in full: one without a colon gets its entrance's prefix. Throws `session.invalid`. */
export function toSessionId(given: string, entrance: string): string {
  const id = given.includes(":") ? given : `${entrance}:${given}`;
  const isOdd = id.length > mostCharacters || !id.isWellFormed() || /[\u0000-\u001f\u007f]/.test(id) || id.trim() !== id;
  const [channel, ...rest] = id.split(":");
  if (isOdd || channel === undefined || !/^[a-z][a-z0-9-]*$/.test(channel) || rest.join(":") === "") {
    throw new OmniError("session.invalid", `The session id ${JSON.stringify(given.slice(0, 80))} is not of the form channel:conversation, at most ${mostCharacters} characters, without control characters or spaces around it.`);
  }
  return id;
}

/** The entrance a session belongs to. */
export function toEntrance(sessionId: string): string {
  return sessionId.slice(0, sessionId.indexOf(":"));
}

/** Another entrance's session takes scope `admin`, which the owner of the home has. Throws `session.foreign`. */
export function checkSessionOwner(sessionId: string, origin: string, principal: Principal): void {
  if (toEntrance(sessionId) === origin || principal.scopes.includes("admin")) return;
  throw new OmniError("session.foreign", `The session ${JSON.stringify(sessionId)} belongs to another entrance; it takes scope admin.`);
}
