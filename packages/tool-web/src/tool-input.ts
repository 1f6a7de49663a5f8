import type { JsonObject } from "@omni/core";

/** A string argument; the schema has already made sure of it where it is required. */
export function toText(input: JsonObject, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

/** A whole number of at least 1 and at most `most`, or `fallback` where the argument is absent. */
export function toWhole(input: JsonObject, name: string, fallback: number, most: number): number {
  const value = input[name];
  const wanted = typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? value : fallback;
  return Math.min(wanted, most);
}
