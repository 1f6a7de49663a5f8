import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "@omni/core";
import { OmniError } from "@omni/core";
import { toSha256 } from "@omni/runtime";
import type { Call } from "../route.ts";
import type { JsonBody } from "../request-body.ts";
import type { McpHubParts } from "./mcp-hub.ts";
import type { McpSession } from "./mcp-session.ts";
import { isOver } from "../authority-look.ts";
import { openMcpSession } from "./mcp-session.ts";
import { toGivenToken } from "../auth.ts";
import { toSessionSettings } from "./session-settings.ts";

/** Most sessions in all, and of one token. */
const mostSessions = 1_024;
const mostEach = 64;

/** How long a session lives without a request and without a stream, in milliseconds. Most clients listen all the time. */
const idleMs = 60 * 60 * 1_000;

/** How often sessions and the tokens of those for which something is open or runs are looked at again, in milliseconds. */
const lookAgainMs = 500;

/** All sessions of one gateway. */
export interface McpSessions {
  handle(call: Call): Promise<Response>;
  close(): void;
}

/**
 * Sessions, because much of the protocol is more than a question with its
 * answer: a cancel, the answer to a form and the stream of changes are
 * requests of their own. Each is bound to the token it was begun with, their
 * number is bounded, and what is idle for longest goes first.
 */
export function createMcpSessions(parts: McpHubParts): McpSessions {
  // The one that was used last is last.
  const sessions = new Map<string, McpSession>();
  const watch = createWatch(sessions, parts.clock);
  const begin = async (call: Call, body: JsonBody): Promise<Response> => {
    const binding = toBinding(call);
    const settings = toSessionSettings(body, call.principal, parts.settings);
    const session = await openMcpSession(call, { ...parts, settings, binding, closed: (id) => void sessions.delete(id) });
    try {
      // In one breath with taking its place: of many that begin at once each looks at those before it.
      makeRoom(sessions, binding);
    } catch (error) {
      await session.close();
      throw error;
    }
    sessions.set(session.id, session);
    const response = await session.take(call, body);
    if (response.status >= 400) await session.close();
    watch.begin();
    return response;
  };
  const find = (call: Call): McpSession => {
    const id = call.request.headers.get("mcp-session-id");
    if (id === null) throw new OmniError("request.invalid", "The request names no session: begin with an initialize request, and send the Mcp-Session-Id of its answer with every other.");
    const session = sessions.get(id);
    if (session === undefined || session.binding !== toBinding(call)) throw new OmniError("request.not-found", "There is no such session, or no more; begin a new one with an initialize request.");
    sessions.delete(id);
    sessions.set(id, session);
    return session;
  };
  return {
    async handle(call) {
      if (call.request.method !== "POST") return find(call).take(call);
      const body = await call.readBody(parts.maxBodyBytes);
      if (isInitializeRequest(body)) return begin(call, body);
      const session = find(call);
      if (body["method"] === "tools/call" && !call.principal.scopes.includes("chat")) throw new OmniError("auth.forbidden", "To call a tool takes scope chat; scope read lists them.");
      return session.take(call, body);
    },
    close() {
      for (const session of sessions.values()) void session.close();
    },
  };
}

/** Who a session belongs to: a token, and not only its name, which another may have after it. */
function toBinding({ principal, transport, request }: Call): string {
  return transport === "socket" ? principal.id : `${principal.id} ${toSha256(toGivenToken(request.headers) ?? "")}`;
}

/** Ends what has been idle for longest where there is no room. Throws `request.too-many` where nothing is idle. */
function makeRoom(sessions: ReadonlyMap<string, McpSession>, binding: string): void {
  const own = [...sessions.values()].filter((session) => session.binding === binding);
  const crowd = own.length >= mostEach ? own : sessions.size >= mostSessions ? [...sessions.values()] : undefined;
  if (crowd === undefined) return;
  const idle = crowd.find((session) => !session.isBusy);
  if (idle === undefined) throw new OmniError("request.too-many", `There are ${crowd.length} MCP sessions in use already; try again later.`, { retryable: true, retryAfterMs: 10_000 });
  void idle.close();
}

/** Looks after all sessions while there are any: what is idle for too long ends, and what belongs to a token that is no longer good. */
function createWatch(sessions: ReadonlyMap<string, McpSession>, clock: Clock): { begin(): void } {
  let isWatching = false;
  const look = async (): Promise<void> => {
    for (const session of [...sessions.values()]) {
      const isEnded = session.isBusy ? isOver(await session.look()) : clock.monotonic() - session.usedAt >= idleMs;
      // Its streams end at once; what runs for it may take a moment, and the others do not wait for that.
      if (isEnded) void session.close();
    }
    next();
  };
  const next = (): void => {
    isWatching = sessions.size > 0;
    if (isWatching) clock.after(lookAgainMs, () => void look());
  };
  return {
    begin() {
      if (!isWatching) next();
    },
  };
}
