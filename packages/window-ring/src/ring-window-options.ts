import type { OptionsSchema } from "@omni/core";
import { OmniError } from "@omni/core";

/** How large a ring is, and when its oldest turns are due for consolidation. */
export interface RingWindowOptions {
  /** Most turns held. */
  readonly capacity: number;
  /** Turns held at which consolidation is due, at most `capacity`. */
  readonly consolidateAt: number;
  /** Turns that one consolidation takes, at most `consolidateAt`. */
  readonly consolidateBatch: number;
}

/** 2,048 turns are about 200 KB of slots; more than any model's context holds, so nothing it could see is lost. */
const defaultCapacity = 2_048;
const largestCapacity = 1_000_000;
const defaultBatch = 32;

/** Schema and parser of the options. `consolidateAt` is three quarters of the capacity where it is not given. */
export const ringWindowOptions: OptionsSchema<RingWindowOptions> = {
  jsonSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      capacity: { type: "integer", minimum: 1, maximum: largestCapacity, default: defaultCapacity, description: "Most turns held." },
      consolidateAt: { type: "integer", minimum: 1, maximum: largestCapacity, description: "Turns held at which consolidation is due; three quarters of the capacity by default." },
      consolidateBatch: { type: "integer", minimum: 1, maximum: largestCapacity, default: defaultBatch, description: "Turns that one consolidation takes." },
    },
  },
  parse(value) {
    const given = toRecord(value);
    const capacity = toCount("capacity", given.capacity, defaultCapacity);
    const consolidateAt = toCount("consolidateAt", given.consolidateAt, Math.max(1, Math.floor(capacity * 0.75)));
    const consolidateBatch = toCount("consolidateBatch", given.consolidateBatch, Math.min(defaultBatch, consolidateAt));
    if (consolidateAt > capacity) throw invalid(`consolidateAt (${consolidateAt}) is larger than capacity (${capacity}), so it would never be reached; lower it`);
    if (consolidateBatch > consolidateAt) throw invalid(`consolidateBatch (${consolidateBatch}) is larger than consolidateAt (${consolidateAt}); lower it`);
    return { capacity, consolidateAt, consolidateBatch };
  },
};

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the options are not an object");
  return { ...value };
}

function toCount(name: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= largestCapacity) return value;
  throw invalid(`${name} must be a whole number from 1 to ${largestCapacity}`);
}

function invalid(what: string): OmniError {
  return new OmniError("config.invalid", `window.with: ${what}.`);
}
