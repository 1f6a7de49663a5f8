import type { JsonObject } from "@omni/core";

/** A string argument; the schema has already made sure of it where it is required. */
export function toText(input: JsonObject, name: string, fallback = ""): string {
  const value = input[name];
  return typeof value === "string" ? value : fallback;
}

/** A whole number, or `fallback` where the argument is absent. */
export function toWhole(input: JsonObject, name: string, fallback: number): number {
  const value = input[name];
  return typeof value === "number" && Number.isSafeInteger(value) ? value : fallback;
}

/** The folder or file a call works on; the workspace itself when it names none. */
export function toPath(input: JsonObject): string {
  const path = toText(input, "path").trim();
  return path === "" ? "." : path;
}
