import { toSha256 } from "../sha256.ts";

/** Most characters of the conversation's part: a session id has at most 256, and `:bg-` and an id of at most 32 come behind it. */
const mostCharacters = 220;

/** Characters of the hash that keeps shortened conversations apart: 128 bits. */
const hashLength = 32;

/** The id of a further session of a conversation. Where the conversation's own id is too long to have anything behind it, it is shortened, and a hash of all of it stands for the rest. */
export function toBranch(conversation: string, name: string): string {
  return `${toStem(conversation)}:${name}`;
}

/** True for the conversation's own session and every further one of it. */
export function isBranch(sessionId: string, conversation: string): boolean {
  return sessionId === conversation || sessionId.startsWith(`${toStem(conversation)}:`);
}

function toStem(conversation: string): string {
  if (conversation.length <= mostCharacters) return conversation;
  // A character of two halves is not cut in two: a session id is well-formed.
  const kept = conversation.slice(0, mostCharacters - hashLength - 1).replace(/[\ud800-\udbff]$/, "");
  return `${kept}~${toSha256(conversation).slice(0, hashLength)}`;
}
