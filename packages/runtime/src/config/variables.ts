import type { JsonObject, JsonValue } from "@omni/core";
import type { Place } from "./place.ts";
import { isJsonObject } from "./json-shape.ts";

/** A `${…}` that has no value. */
export interface MissingVariable {
  readonly name: string;
  readonly place: Place;
}

/** A value with its variables put in, and those that were not there. */
export interface Expansion {
  readonly value: JsonObject;
  readonly missing: readonly MissingVariable[];
}

/** The environment as data. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts environment variables into every string of a value: `${NAME}` is the
 * variable, `$${` is a plain `${`. Keys are left as they are, and what a
 * variable holds is not looked into again.
 */
export function expandVariables(value: JsonObject, env: Environment): Expansion {
  const missing: MissingVariable[] = [];
  return { value: expandObject(value, [], { env, missing }), missing };
}

interface Run {
  readonly env: Environment;
  readonly missing: MissingVariable[];
}

function expandObject(value: JsonObject, place: Place, run: Run): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, child === undefined ? undefined : expand(child, [...place, key], run)]));
}

function expand(value: JsonValue, place: Place, run: Run): JsonValue {
  if (typeof value === "string") return expandString(value, place, run);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((each, index) => expand(each, [...place, index], run));
  return isJsonObject(value) ? expandObject(value, place, run) : value;
}

function expandString(text: string, place: Place, run: Run): string {
  return text.replace(/\$\$\{|\$\{([^}]*)\}/g, (whole: string, name: string | undefined) => {
    if (name === undefined) return "${";
    const found = Object.hasOwn(run.env, name) ? run.env[name] : undefined;
    if (found === undefined) run.missing.push({ name, place });
    return found ?? whole;
  });
}
