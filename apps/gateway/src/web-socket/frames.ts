import type { OmniErrorCode, Scope, TurnStatus } from "@omni/core";
import { OmniError } from "@omni/core";
import type { JsonBody } from "../request-body.ts";
import { isNestedTooDeep, mostLevels } from "../json-levels.ts";
import { toTextField } from "../request-body.ts";

/** Every type of frame that a client may send. */
export const clientTypes = ["message", "follow", "leave", "cancel", "answer", "ping"] as const;

/** What a client says. Its fields besides these two are read by whoever serves the type. */
export interface ClientFrame {
  readonly type: (typeof clientTypes)[number];
  /** The client's own word for it; it comes back with the answer. */
  readonly id?: string;
  /** The whole frame. */
  readonly body: JsonBody;
}

/** What a client is told. */
export type ServerFrame =
  /** First of all: who it is taken for, and how large its frames may be. */
  | { readonly type: "hello"; readonly protocol: 1; readonly principal: string; readonly scopes: readonly Scope[]; readonly max_frame_bytes: number }
  /** A message is on disk, or a turn is followed; its events come next. */
  | { readonly type: "accepted"; readonly id?: string; readonly turn_id: string; readonly session_id: string; readonly repeat: boolean }
  /** An event of a turn that is followed, with the data it has over server-sent events. */
  | { readonly type: "event"; readonly turn_id: string; readonly session_id: string; readonly event: string; readonly event_id: string; readonly data: object }
  /** No more events of a turn that has not ended: it goes on elsewhere, or later. */
  | { readonly type: "detached"; readonly turn_id: string; readonly session_id: string }
  /** What was asked for has been done. */
  | { readonly type: "done"; readonly id?: string; readonly turn_id?: string; readonly ask_id?: string; readonly status?: TurnStatus }
  | { readonly type: "pong"; readonly id?: string }
  | { readonly type: "error"; readonly id?: string; readonly error: { readonly code: OmniErrorCode; readonly message: string; readonly requestId: string; readonly retry_after_ms?: number } };

/** Most characters of a frame's id. */
export const mostIdCharacters = 128;

/** Reads a frame; `tellId` hears its id as soon as it is known, so that an error can name it. Throws `request.invalid`. */
export function parseFrame(given: string, tellId: (id: string) => void): ClientFrame {
  const body = toObject(given);
  const id = toTextField(body, "id");
  if (id !== undefined && id.length > mostIdCharacters) throw new OmniError("request.invalid", `"id" must have at most ${mostIdCharacters} characters.`);
  if (id !== undefined) tellId(id);
  const type = clientTypes.find((known) => known === body["type"]);
  if (type === undefined) throw new OmniError("request.invalid", `The frame's "type" must be one of ${clientTypes.map((known) => JSON.stringify(known)).join(", ")}.`);
  return { type, body, ...(id === undefined ? {} : { id }) };
}

function toObject(given: string): JsonBody {
  if (isNestedTooDeep(given)) throw new OmniError("request.invalid", `The frame nests objects and lists in more than ${mostLevels} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch (cause) {
    throw new OmniError("request.invalid", "The frame is not valid JSON.", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new OmniError("request.invalid", "The frame must be a JSON object.");
  return { ...value };
}
