import { isAbsolute } from "node:path";
import type { Autonomy, Principal, TurnLimits } from "@omni/core";
import { OmniError } from "@omni/core";
import type { IncomingMessage } from "@omni/runtime";
import { toSessionId, toSha256 } from "@omni/runtime";
import type { JsonBody } from "./request-body.ts";
import { toAmountField, toCountField, toFlagField, toTextField, toWordField } from "./request-body.ts";
import { toSessionHeader } from "./session-header.ts";

/** The entrance of everything that comes in here. */
const origin = "http";

/** The session of messages that name none. */
const defaultSession = `${origin}:default`;

/** Entrances that a program of the owner may speak for. */
const entrances: readonly string[] = [origin, "cli", "stdio"];

const autonomies: readonly Autonomy[] = ["readonly", "supervised", "full"];

/** Fields that decide how far a turn may go; they take scope `admin`. */
const adminFields = ["autonomy", "workspace", "max_rounds", "timeout", "origin"];

/** What becomes of a message that comes while a turn of its session runs. */
const modes = ["queue", "steer", "collect", "interrupt"] as const;

/** What a message is sent with besides its body. */
export interface MessageEnvelope {
  readonly principal: Principal;
  /** The session where the body names none. */
  readonly session?: string | null;
  /** The client's key for sending again. */
  readonly key?: string | null;
}

/** What comes with a request over HTTP. Throws `session.invalid`. */
export function toEnvelope(principal: Principal, headers: Headers): MessageEnvelope {
  return { principal, session: toSessionHeader(headers), key: headers.get("idempotency-key") };
}

/** The message of a body as `POST /message` takes it. Throws `request.invalid`, `session.invalid` and `auth.forbidden`. */
export function toIncomingMessage(body: JsonBody, { principal, session, key }: MessageEnvelope): IncomingMessage {
  const text = toTextField(body, "message");
  if (text === undefined) throw new OmniError("request.invalid", 'The body needs "message", a string.');
  const reserved = adminFields.find((name) => body[name] !== undefined && body[name] !== null);
  if (reserved !== undefined && !principal.scopes.includes("admin")) throw new OmniError("auth.forbidden", `${JSON.stringify(reserved)} takes scope admin.`);
  const sessionId = toTextField(body, "session_id") ?? (session || defaultSession);
  const entrance = toWordField(body, "origin", entrances) ?? origin;
  const message: IncomingMessage = {
    sessionId: toSessionId(sessionId, entrance),
    text,
    principal,
    origin: entrance,
    interactive: toFlagField(body, "interactive") ?? true,
    ...toMode(body),
    ...toBounds(body),
  };
  return withKey(message, key);
}

/** The message bound to the client's key, where it has one. Throws `request.invalid`. */
function withKey(message: IncomingMessage, key: string | null | undefined): IncomingMessage {
  return key === null || key === undefined ? message : { ...message, idempotency: { key: checkKey(key), bodyHash: toBodyHash(message) } };
}

function toMode(body: JsonBody): { readonly mode?: (typeof modes)[number] } {
  const mode = toWordField(body, "mode", modes);
  return mode === undefined ? {} : { mode };
}

function toBounds(body: JsonBody): Pick<IncomingMessage, "autonomy" | "workspace" | "model" | "limits"> {
  const model = toTextField(body, "model");
  if (model !== undefined && (model.trim() === "" || model.length > 256)) throw new OmniError("request.invalid", '"model" must have 1 to 256 characters.');
  const workspace = toTextField(body, "workspace");
  if (workspace !== undefined && !isAbsolute(workspace)) throw new OmniError("request.invalid", '"workspace" must be an absolute path.');
  const autonomy = toWordField(body, "autonomy", autonomies);
  const maxRounds = toCountField(body, "max_rounds");
  const seconds = toAmountField(body, "timeout");
  const limits: Partial<TurnLimits> = {
    ...(maxRounds === undefined ? {} : { maxRounds }),
    ...(seconds === undefined ? {} : { timeoutMs: Math.max(1, Math.round(seconds * 1_000)) }),
  };
  return {
    ...(model === undefined ? {} : { model }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(autonomy === undefined ? {} : { autonomy }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

/** An idempotency key from outside. Throws `request.invalid`. */
export function checkKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new OmniError("request.invalid", "Idempotency-Key must have 1 to 255 visible ASCII characters.");
}

/** What the key is bound to: the request as it is understood, so that spacing and the order of keys do not matter. What was added later stands at the end and only where it is given: a key that is in use stays the same. */
function toBodyHash(message: IncomingMessage): string {
  const { sessionId, text, mode, model, workspace, autonomy, limits, interactive, attachments } = message;
  const later = [...(attachments === undefined ? [] : [attachments]), ...(mode === undefined ? [] : [{ mode }])];
  const canonical = [sessionId, text, model, workspace, autonomy, limits?.maxRounds, limits?.timeoutMs, interactive, ...later].map((part) => part ?? null);
  return toSha256(JSON.stringify(canonical));
}
