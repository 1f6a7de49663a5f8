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

/** A text of at most `most` characters; what was cut is said, and held no longer. */
export function toBounded(text: string, most: number): string {
  if (text.length <= most) return text;
  // A slice would hold on to all that it is a slice of; this is a copy, and well formed.
  const shown = Buffer.from(text.slice(0, most)).toString();
  return `${shown} … [cut from ${text.length} characters]`;
}

/** Characters a value takes as JSON, about; however deep it is. It is not looked at further once they are more than `most`. */
export function toExtent(value: JsonValue, most: number): number {
  const open: JsonValue[] = [value];
  let extent = 0;
  for (let next = open.pop(); next !== undefined && extent <= most; next = open.pop()) {
    extent += typeof next === "string" ? next.length + 2 : 4;
    if (isJsonList(next)) for (const each of next) open.push(each);
    else if (isJsonObject(next)) {
      for (const [key, each] of Object.entries(next)) {
        extent += key.length + 4;
        if (each !== undefined) open.push(each);
      }
    }
  }
  return extent;
}
