import type { JsonObject, JsonValue } from "@omni/core";

/** True for an object that is no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own property `key`, also one called `constructor`; undefined where there is none. */
export function getOwn(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value at a place, or undefined. */
export function getAt(value: JsonValue | undefined, place: readonly (string | number)[]): JsonValue | undefined {
  return place.reduce<JsonValue | undefined>((current, part) => {
    if (typeof part === "number") return Array.isArray(current) ? (current as readonly JsonValue[])[part] : undefined;
    return getOwn(current, part);
  }, value);
}

/** An object that holds `value` at the place, and nothing else. */
export function toNested(place: readonly string[], value: JsonValue): JsonObject {
  const [key, ...rest] = place;
  if (key === undefined) return isJsonObject(value) ? value : {};
  return Object.fromEntries([[key, rest.length === 0 ? value : toNested(rest, value)]]);
}
