import type { JsonObject, Scope, ToolCallStatus, TurnStatus } from "@omni/core";
import type { CallOptions } from "./create-client.ts";
import type { GatewayRequest } from "./transport.ts";
import type { WireObject } from "./wire-object.ts";
import { turnStatuses } from "./turn-state.ts";

/** One line of a list of sessions. */
export interface SessionLine {
  readonly sessionId: string;
  /** Ended turns and their calls. */
  readonly turns: number;
  readonly toolCalls: number;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

/** Some sessions, latest first. */
export interface SessionPage {
  readonly sessions: readonly SessionLine[];
  /** Where the next page begins; undefined on the last one. */
  readonly nextOffset: number | undefined;
}

/** One side of a turn. */
export type SessionMessage =
  | { readonly role: "user"; readonly text: string; readonly turnId: string; readonly at: number }
  | {
      readonly role: "assistant";
      /** Empty while there is none. */
      readonly text: string;
      readonly turnId: string;
      /** Unix milliseconds; undefined while the turn has not ended. */
      readonly at: number | undefined;
      readonly status: TurnStatus;
      readonly toolCalls: readonly SessionToolCall[];
    };

/** A call of a turn, with the beginning of its result. */
export interface SessionToolCall {
  readonly name: string;
  readonly arguments: JsonObject;
  /** `running`: it has no result yet. */
  readonly status: ToolCallStatus | "running";
  readonly preview: string;
  readonly lines: number;
}

/** What was said in a session, oldest first. */
export interface MessagePage {
  readonly sessionId: string;
  readonly messages: readonly SessionMessage[];
  /** The page before this one ends before this turn; undefined where there is nothing older. */
  readonly nextBefore: string | undefined;
}

/** A token as it is given once. */
export interface PairedToken {
  readonly token: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** The routes about sessions, and the exchange of a code. */
export interface SessionCalls {
  /** Sessions that may be seen, latest first: at most `limit` (100 by default, at most 500) from `offset` on. */
  sessions(options?: CallOptions & { readonly limit?: number; readonly offset?: number }): Promise<SessionPage>;
  /** The newest turns of a session: at most `limit` (100 by default, at most 500), those before the turn `before`. Throws `session.not-found`. */
  messages(sessionId: string, options?: CallOptions & { readonly limit?: number; readonly before?: string }): Promise<MessagePage>;
  /** Erases a session everywhere, for good; takes scope `admin`. Throws `session.not-found`, `session.busy`. */
  deleteSession(sessionId: string, options?: CallOptions): Promise<void>;
  /** Exchanges a code of `omni pair` for a token; needs none itself. Throws `auth.forbidden`, and `request.too-many` where the address is locked. */
  pair(code: string, options?: CallOptions): Promise<PairedToken>;
}

type Send = (sent: Pick<GatewayRequest, "method" | "path" | "body">, call: CallOptions) => Promise<WireObject>;

const callStatuses: readonly SessionToolCall["status"][] = ["completed", "failed", "denied", "unknown", "running"];
const scopes: readonly Scope[] = ["read", "chat", "approve", "admin"];

/** Makes these calls of a way to send. */
export function createSessionCalls(send: Send): SessionCalls {
  return {
    async sessions({ limit, offset, ...call } = {}) {
      const wire = await send({ method: "GET", path: `/sessions${toQuery({ limit, offset })}` }, call);
      return { sessions: wire.objects("sessions").map(toSessionLine), nextOffset: wire.optionalNumber("next_offset") };
    },
    async messages(sessionId, { limit, before, ...call } = {}) {
      const wire = await send({ method: "GET", path: `${toSessionPath(sessionId)}/messages${toQuery({ limit, before })}` }, call);
      return { sessionId: wire.text("session_id"), messages: wire.objects("messages").flatMap((each) => toSessionMessage(each) ?? []), nextBefore: wire.optionalText("next_before") };
    },
    deleteSession: async (sessionId, call = {}) => void (await send({ method: "DELETE", path: toSessionPath(sessionId) }, call)),
    async pair(code, call = {}) {
      const wire = await send({ method: "POST", path: "/pair", body: JSON.stringify({ code }) }, call);
      const given = wire.texts("scopes") ?? [];
      return { token: wire.text("token"), name: wire.text("name"), scopes: scopes.filter((scope) => given.includes(scope)) };
    },
  };
}

function toSessionPath(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

function toQuery(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function toSessionLine(wire: WireObject): SessionLine {
  return { sessionId: wire.text("session_id"), turns: wire.number("turns"), toolCalls: wire.number("tool_calls"), updatedAt: Date.parse(wire.text("updated_at")) };
}

/** Undefined for one of a role that is not known here, which a newer gateway may send. */
function toSessionMessage(wire: WireObject): SessionMessage | undefined {
  const role = wire.text("role");
  const said = { text: wire.text("text"), turnId: wire.text("turn_id") };
  if (role === "user") return { role, ...said, at: Date.parse(wire.text("at")) };
  if (role !== "assistant") return undefined;
  const at = wire.optionalText("at");
  return { role, ...said, at: at === undefined ? undefined : Date.parse(at), status: wire.word("status", turnStatuses), toolCalls: wire.objects("tool_calls").map(toToolCall) };
}

function toToolCall(wire: WireObject): SessionToolCall {
  return { name: wire.text("name"), arguments: wire.object("arguments").raw, status: wire.word("status", callStatuses, "unknown"), preview: wire.text("preview"), lines: wire.number("lines") };
}
