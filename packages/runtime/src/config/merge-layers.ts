import type { JsonObject, JsonValue } from "@omni/core";
import { getOwn, isJsonObject } from "./json-shape.ts";

/**
 * Lays a stronger layer over a weaker one. Objects are merged key by key;
 * anything else of the stronger replaces. A stronger choice of a slot that
 * names another `use` replaces the weaker choice whole: options of one
 * implementation never reach another. With `isOverDefaults` the weaker layer
 * is a preset's, whose options of a slot are one unit, keys with the value
 * undefined included: they hold together, or not at all as soon as the
 * stronger states one of them. So a key found in the environment is never
 * sent to an address that a file names.
 */
export function mergeLayers(weaker: JsonObject, stronger: JsonObject, isOverDefaults = false): JsonObject {
  const entries = Object.entries(stronger).filter(([, value]) => value !== undefined);
  const merged = entries.map(([key, value]): [string, JsonValue | undefined] => [key, value === undefined ? undefined : mergeValue(getOwn(weaker, key), value, isOverDefaults)]);
  return { ...weaker, ...Object.fromEntries(merged) };
}

function mergeValue(weaker: JsonValue | undefined, stronger: JsonValue, isOverDefaults: boolean): JsonValue {
  if (!isJsonObject(weaker) || !isJsonObject(stronger)) return stronger;
  const use = getOwn(stronger, "use");
  if (use !== undefined && (getOwn(weaker, "use") !== use || (isOverDefaults && isSharingKey(getOwn(weaker, "with"), getOwn(stronger, "with"))))) return stronger;
  return mergeLayers(weaker, stronger, isOverDefaults);
}

function isSharingKey(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return isJsonObject(one) && isJsonObject(other) && Object.keys(one).some((key) => Object.hasOwn(other, key));
}
