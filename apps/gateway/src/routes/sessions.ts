import type { SessionRecord, Store, TurnRecord } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSessionId, toTurnView } from "@omni/runtime";
import type { Call, GatewayParts, Route, RouteParameter } from "../route.ts";
import type { SessionMessageView } from "../session-messages.ts";
import { flag, list, named, object, orNull, text, whole } from "../schemas/schema.ts";
import { maySee } from "../auth.ts";
import { toJsonResponse } from "../responses.ts";
import { toSessionMessages } from "../session-messages.ts";
import { toQuery, toWholeParameter } from "../query.ts";

/** Most entries of one page, and how many there are when nobody says. */
const mostEntries = 500;
const usualEntries = 100;

/** Turns that are read at once, and most characters of the JSON of a page of them; a page has one turn at least. A turn may be as long as a message and an answer can be. */
const turnsAtOnce = 20;
const mostCharacters = 4_194_304;

/** Sessions that one request looks through for those the token may see. */
const mostLookedAt = 5_000;

const limit: RouteParameter = { in: "query", name: "limit", about: `Most entries, 1 to ${mostEntries}; ${usualEntries} by default.`, schema: whole(undefined, { minimum: 1, maximum: mostEntries }) };

/** What was said in which session, and erasing it. */
export const sessionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/sessions",
    auth: "bearer",
    scopes: ["read"],
    about: "The sessions, latest first",
    parameters: [limit, { in: "query", name: "offset", about: "Where to go on: next_offset of the page before.", schema: whole(undefined, { minimum: 0 }) }],
    answers: { 200: { about: "A page of them.", schema: object({ sessions: list(named("Session")), next_offset: orNull(whole("Null on the last page.", { minimum: 0 })) }) } },
    handle: listSessions,
  },
  {
    method: "GET",
    path: "/sessions/:id/messages",
    auth: "bearer",
    scopes: ["read"],
    about: "What was said in a session, oldest first",
    parameters: [{ ...limit, about: `Most turns, 1 to ${mostEntries}; the newest ${usualEntries} by default. A page of long ones has fewer.` }, { in: "query", name: "before", about: "A turn's id: only turns before that one. It is next_before of the page before.", schema: text() }],
    answers: { 200: { about: "A page of it.", schema: object({ session_id: text(), messages: list(named("SessionMessage")), next_before: orNull(text("Null where there is nothing older.")) }) } },
    handle: getMessages,
  },
  {
    method: "DELETE",
    path: "/sessions/:id",
    auth: "bearer",
    scopes: ["admin"],
    about: "Erases a session everywhere, for good",
    answers: { 200: { about: "It is gone.", schema: object({ session_id: text(), deleted: flag() }) } },
    handle: deleteSession,
  },
];

async function listSessions(call: Call, { runtime }: GatewayParts): Promise<Response> {
  const query = toQuery(call.request);
  const most = toWholeParameter(query, "limit", { least: 1, most: mostEntries }) ?? usualEntries;
  let offset = toWholeParameter(query, "offset", { least: 0, most: Number.MAX_SAFE_INTEGER }) ?? 0;
  const end = offset + mostLookedAt;
  const seen: SessionRecord[] = [];
  let isLast = false;
  while (seen.length < most && !isLast && offset < end) {
    const page = await runtime.store.sessions({ limit: mostEntries, offset });
    isLast = page.length < mostEntries;
    for (const record of page) {
      if (seen.length === most) {
        isLast = false;
        break;
      }
      offset += 1;
      if (maySee(call.principal, record.sessionId)) seen.push(record);
    }
    await othersTurn();
  }
  const sessions = seen.map((record) => ({ session_id: record.sessionId, turns: record.totalTurns, tool_calls: record.totalToolCalls, updated_at: new Date(record.updatedAt).toISOString() }));
  return toJsonResponse({ sessions, next_offset: isLast ? null : offset });
}

async function getMessages(call: Call, gateway: GatewayParts): Promise<Response> {
  const { store } = gateway.runtime;
  const session = await findSession(call, gateway);
  const query = toQuery(call.request);
  const most = toWholeParameter(query, "limit", { least: 1, most: mostEntries }) ?? usualEntries;
  const before = query.get("before");
  if (before !== null && !/^[\w.-]{1,64}$/.test(before)) throw new OmniError("request.invalid", '"before" must be the id of a turn.');
  const page: (readonly SessionMessageView[])[] = [];
  let oldest: string | null = null;
  let characters = 0;
  let isWhole = true;
  for await (const record of readNewest(store, session.sessionId, { most: most + 1, before })) {
    isWhole = page.length < most;
    if (!isWhole) break;
    const messages = toSessionMessages(record, await toTurnView(store, record), gateway.runtime.asks());
    characters += JSON.stringify(messages).length;
    isWhole = page.length === 0 || characters <= mostCharacters;
    if (!isWhole) break;
    page.push(messages);
    oldest = record.input.turnId;
    await othersTurn();
  }
  return toJsonResponse({ session_id: session.sessionId, messages: page.toReversed().flat(), next_before: isWhole ? null : oldest });
}

/** The newest turns before one, the newest first. */
async function* readNewest(store: Pick<Store, "turns">, sessionId: string, { most, before }: { readonly most: number; readonly before: string | null }): AsyncGenerator<TurnRecord, void, undefined> {
  let next = before;
  for (let left = most; left > 0; ) {
    const asked = Math.min(left, turnsAtOnce);
    const records = await store.turns(sessionId, { limit: asked, ...(next === null ? {} : { before: next }) });
    yield* records;
    if (records.length < asked) return;
    left -= asked;
    next = records.at(-1)?.input.turnId ?? null;
  }
}

/** Reads of the store hold the thread: between two of them others have their turn. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

async function deleteSession(call: Call, gateway: GatewayParts): Promise<Response> {
  const { sessionId } = await findSession(call, gateway);
  if (!(await gateway.runtime.deleteSession(sessionId))) throw notFound();
  return toJsonResponse({ session_id: sessionId, deleted: true });
}

/** Throws `session.not-found` also for a session that the principal may not see. */
async function findSession(call: Call, { runtime }: GatewayParts): Promise<SessionRecord> {
  const sessionId = toSessionId(call.param("id"), "http");
  const record = maySee(call.principal, sessionId) ? await runtime.store.session(sessionId) : undefined;
  if (record === undefined) throw notFound();
  return record;
}

function notFound(): OmniError {
  return new OmniError("session.not-found", "There is no such session.");
}
