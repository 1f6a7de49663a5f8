import type { JsonSchema, ModelEvent, ModelRequest, Provider, ToolCall, ToolDefinition } from "@omni/core";
import { isOmniError } from "@omni/core";
import { expect } from "vitest";
import type { OmniError } from "@omni/core";

/** How a stream went. */
export interface Reading {
  readonly events: readonly ModelEvent[];
  /** What it threw; undefined where it ended by itself. */
  readonly error: unknown;
}

/** Reads a stream to its end or its error. */
export async function read(provider: Provider, request: ModelRequest, signal: AbortSignal = new AbortController().signal): Promise<Reading> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of provider.stream(request, signal)) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** Reads a stream that must end well, with one finish, last. */
export async function readWhole(provider: Provider, request: ModelRequest): Promise<readonly ModelEvent[]> {
  const { events, error } = await read(provider, request);
  expect(error).toBeUndefined();
  expect(events.filter((event) => event.type === "finish")).toHaveLength(1);
  expect(events.at(-1)?.type).toBe("finish");
  return events;
}

/** The error of a reading, which must be one of Omni. */
export function toError(reading: Reading): OmniError {
  if (!isOmniError(reading.error)) throw new Error(`expected an OmniError, got ${String(reading.error)}`);
  return reading.error;
}

/** Texts of the deltas of a type. */
export function toDeltas(events: readonly ModelEvent[], type: "text-delta" | "reasoning-delta"): readonly string[] {
  return events.flatMap((event) => (event.type === type ? [event.text] : []));
}

/** The calls, in the order in which they were yielded. */
export function toCalls(events: readonly ModelEvent[]): readonly ToolCall[] {
  return events.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));
}

/** A request of one user message. */
export function toRequest(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { system: "You answer in one word.", messages: [{ role: "user", content: [{ type: "text", text }] }], tools: [], ...more };
}

const anyObject: JsonSchema = { type: "object", properties: { path: { type: "string" } } };

/** Tools of these names. */
export function toTools(...names: readonly string[]): readonly ToolDefinition[] {
  return names.map((name) => ({ name, description: `Does ${name}.`, inputSchema: anyObject, readOnly: true }));
}
