import type { TurnInput } from "@omni/core";

/** A message as JSON. Bounds may be `Infinity`, which JSON writes as null. */
export function toInputJson(input: TurnInput): string {
  return JSON.stringify(input);
}

/** A message from its JSON. A bound that is null was `Infinity`. */
export function fromInputJson(body: string): TurnInput {
  const input = JSON.parse(body) as TurnInput;
  if (input.limits === undefined) return input;
  const limits = Object.entries(input.limits).map(([name, value]) => [name, value ?? Number.POSITIVE_INFINITY]);
  return { ...input, limits: Object.fromEntries(limits) };
}
