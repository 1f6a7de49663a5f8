import type { AskEvent, Clock, JsonObject, JsonValue, Store } from "@omni/core";
import { toCanonicalJson } from "@omni/agent";

const kind = "always-allowed";

/** Characters of the arguments that are kept. Only people read them: what was allowed is bound by the digest. */
const mostCharacters = 4_096;

/**
 * Remembers that a person allowed exactly this call for good; the digest binds
 * what it was. For whoever looks at it later the arguments are kept beside it,
 * with the session that asked: they go when that is erased.
 */
export async function rememberAlways({ digest, tool, arguments: input }: Pick<AskEvent, "digest" | "tool" | "arguments">, sessionId: string, store: Pick<Store, "putDocument">, clock: Clock): Promise<void> {
  await store.putDocument(kind, digest, { tool, sessionId, arguments: toCanonicalJson(input).slice(0, mostCharacters), at: clock.now() });
}

/** True when a person allowed exactly this call for good. */
export async function isAlwaysAllowed(digest: string, store: Pick<Store, "getDocument">): Promise<boolean> {
  return (await store.getDocument(kind, digest)) !== undefined;
}

/** Takes the arguments of what was allowed in a session that is erased out of the store. The calls stay allowed. */
export async function dropAllowedArguments(sessionId: string, store: Pick<Store, "listDocuments" | "putDocument">): Promise<void> {
  for (const { id, value, version } of await store.listDocuments(kind)) {
    const { sessionId: asking, arguments: _arguments, ...rest } = toObject(value);
    // Where somebody was faster it was allowed anew, by another session.
    if (asking === sessionId) await store.putDocument(kind, id, rest, version);
  }
}

function toObject(value: JsonValue): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
