import type { AskEvent, Clock, JsonObject, JsonValue, Store, TurnInput } from "@omni/core";
import { toCanonicalJson, toRuleDigest } from "@omni/agent";
import { findTokenHash, isTokenPrincipal, isTokenThere } from "./access-tokens.ts";
import { toSha256 } from "./sha256.ts";

const kind = "always-allowed";

/** Characters of the arguments that are kept. Only people read them: what was allowed is bound by the digest. */
const mostCharacters = 4_096;

/**
 * Remembers that a person allowed exactly this call for good; the digest binds
 * what it was and the id of who asked. What a token asked for is bound to that
 * very token as well, since another may have its name, and with it its id,
 * after it: nothing is remembered for one that was revoked meanwhile. For
 * whoever looks at it later the arguments are kept beside it, with the session
 * that asked: they go when that is erased.
 */
export async function rememberAlways(ask: Pick<AskEvent, "askId" | "tool" | "arguments">, sessionId: string, store: Pick<Store, "putDocument" | "listDocuments" | "unfinished" | "events">, clock: Clock): Promise<void> {
  const asking = await findAsking(ask.askId, sessionId, store);
  if (asking === undefined) return;
  const requester = asking.principal.id;
  const token = isTokenPrincipal(requester) ? await findTokenHash(requester, asking.at, store) : null;
  if (token === undefined) return;
  const rule = toRuleDigest({ tool: ask.tool, arguments: ask.arguments, workspace: asking.workspace, requester }, toSha256);
  await store.putDocument(kind, rule, { tool: ask.tool, token, sessionId, arguments: toCanonicalJson(ask.arguments).slice(0, mostCharacters), at: clock.now() });
}

/** True when a person allowed exactly this call for good, and whoever it was allowed to may still come. A document that does not say whose it is allows nothing: a person is asked. */
export async function isAlwaysAllowed(digest: string, store: Pick<Store, "getDocument">): Promise<boolean> {
  const found = await store.getDocument(kind, digest);
  const { token } = toObject(found?.value ?? null);
  return token === null || (typeof token === "string" && isTokenThere(token, store));
}

/** The turn that waits with this ask. The ask is on its record before anybody is asked. */
async function findAsking(askId: string, sessionId: string, store: Pick<Store, "unfinished" | "events">): Promise<TurnInput | undefined> {
  for (const { input } of await store.unfinished(sessionId)) {
    const events = await store.events(input.turnId);
    if (events.some((event) => event.type === "ask" && event.askId === askId)) return input;
  }
  return undefined;
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
