// Yours to write, at most 40 lines of code: what your platform can do, how it lists messages and takes one.
// What stands here works and passes the kit; put your own in its place.

import type { ChannelCapabilities, InboundMessage, JsonObject, OutboundMessage } from "@omni/core";

/** What the platform can do. What it cannot is refused before it is asked. */
export const capabilities: ChannelCapabilities = { maxMessageLength: 2_000, edit: false, buttons: false, files: false, deduplicates: true };

/** A message with its place in the row: asking behind it acknowledges it. */
export type Arrived = InboundMessage & { readonly number: number };

/** Where the messages behind a number are listed. */
export function toListAddress(url: string, after: number): string {
  return `${url}?after=${after}`;
}

/** The messages of a list, in order; undefined where it is none. They are strangers' data: what has not the shape is left out. */
export function toArrived(list: unknown): readonly Arrived[] | undefined {
  return isRecord(list) && Array.isArray(list["messages"]) ? list["messages"].flatMap(toOne) : undefined;
}

function toOne(message: unknown): readonly Arrived[] {
  if (!isRecord(message)) return [];
  const { number, room, person, text, time } = message;
  if (typeof number !== "number" || typeof time !== "number" || typeof room !== "string" || typeof person !== "string" || typeof text !== "string") return [];
  return [{ number, platformId: String(number), conversation: room, sender: person, content: [{ type: "text", text }], at: time * 1_000 }];
}

/** What is posted to show a message. The platform drops a second one with the same key. */
export function toPost({ conversation, text, idempotencyKey }: OutboundMessage): JsonObject {
  return { room: conversation, text, key: idempotencyKey };
}

/** The receipt in the answer to a post; undefined where it holds none. */
export function toReceipt(answer: unknown): string | undefined {
  return isRecord(answer) && typeof answer["number"] === "number" ? String(answer["number"]) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
