import { toSessionId, toSha256 } from "@omni/runtime";
import { toSessionHeader } from "../session-header.ts";

/** The entrance of everything that comes in here. */
const entrance = "http";

/** Hexadecimal digits of the hash that stands for a user: 128 bits. */
const hashLength = 32;

/**
 * The session that a request names, in full; undefined where it names none,
 * and empty names none. The header goes before the user: only somebody who
 * means a session sends it, while many clients say by the user who is talking.
 * Throws `session.invalid` for the header.
 */
export function toNamedSession(user: string | undefined, headers: Headers): string | undefined {
  const header = toSessionHeader(headers);
  if (header !== null && header !== "") return toSessionId(header, entrance);
  return user === undefined || user.trim() === "" ? undefined : toUserSession(user);
}

/** The session of a user, which may be any text: a session id of this entrance is taken as it is, and from anything else one follows. */
function toUserSession(user: string): string {
  const made = `${entrance}:user-${toSha256(user).slice(0, hashLength)}`;
  if (user.includes(":") && !user.startsWith(`${entrance}:`)) return made;
  try {
    return toSessionId(user, entrance);
  } catch {
    // Too long, or with characters that a session id does not take.
    return made;
  }
}
