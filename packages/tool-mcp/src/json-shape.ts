import type { JsonObject, JsonValue } from "@omni/core";

/** True for an object of a JSON text; what is in it came from `JSON.parse` as well. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a list of a JSON text. */
export function isJsonList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value where it is a string with something in it. */
export function toWords(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** A text of at most `most` characters; what was cut is said. */
export function toBounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()} … [cut from ${text.length} characters]`;
}
