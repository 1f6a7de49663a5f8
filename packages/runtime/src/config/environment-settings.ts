import type { JsonObject, JsonSchema, JsonValue } from "@omni/core";
import type { Environment } from "./variables.ts";
import { configSchema } from "./config-schema.ts";
import { findNearestName } from "./nearest-name.ts";
import { getAt, getOwn, isJsonObject } from "./json-shape.ts";

/** One setting that an environment variable makes. */
export interface EnvironmentSetting {
  /** The variable: `OMNI_AGENT_MAX_ROUNDS`. */
  readonly variable: string;
  readonly place: readonly string[];
  readonly value: JsonValue;
}

/** The settings of an environment, and the variables that set nothing. */
export interface EnvironmentSettings {
  /** Those of shorter places first, so that deeper ones win. */
  readonly settings: readonly EnvironmentSetting[];
  readonly unknown: readonly string[];
}

const prefix = "OMNI_";

/** Variables that are no settings. */
const otherVariables: readonly string[] = ["OMNI_HOME"];

/**
 * Reads `OMNI_A_B_C=…` as the setting `a.b.c`. Keys are matched without
 * regard to case, `_` joins the words of one key (`MAX_ROUNDS` or `MAXROUNDS`
 * is `maxRounds`). A key that no schema knows (a tool's or a provider's name)
 * is one word in lower case unless `known` has it; below `with` the words are
 * one key in camelCase unless `known` has it, and `__` steps into an object.
 */
export function readEnvironmentSettings(env: Environment, known: JsonObject, others: readonly string[] = []): EnvironmentSettings {
  const ignored = new Set([...otherVariables, ...others]);
  const settings: EnvironmentSetting[] = [];
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || text === undefined || ignored.has(variable)) continue;
    const place = toPlace(variable.slice(prefix.length), known);
    if (place === undefined) unknown.push(variable);
    else settings.push({ variable, place, value: toValue(text, schemaAt(place)) });
  }
  return { settings: settings.sort((one, other) => one.place.length - other.place.length || (one.variable < other.variable ? -1 : 1)), unknown };
}

/** The setting an unknown variable was most likely meant to be, as a variable. */
export function findNearestVariable(variable: string): string | undefined {
  const names = Object.entries(getProperties(configSchema)).flatMap(([key, child]) => {
    const inner = isJsonObject(child) ? Object.keys(getProperties(child)) : [];
    return [key, ...inner.map((each) => `${key}_${each}`)].map((each) => each.replace(/[A-Z]/g, "_$&").toUpperCase());
  });
  const nearest = findNearestName(variable.slice(prefix.length), names);
  return nearest === undefined ? undefined : `${prefix}${nearest}`;
}

function toPlace(name: string, known: JsonObject): readonly string[] | undefined {
  if (!/^[A-Za-z0-9_]+$/.test(name)) return undefined;
  return match(name.split("_"), configSchema, known);
}

/** Spends words on one key after the other, along the schema where there is one. */
function match(words: readonly string[], schema: JsonSchema, known: JsonValue | undefined): readonly string[] | undefined {
  if (words.length === 0) return [];
  const properties = getProperties(schema);
  for (const [key, count] of matchKeys(words, Object.keys(properties))) {
    const inner = getOwn(properties, key);
    const rest = isJsonObject(inner) ? match(words.slice(count), inner, getOwn(known, key)) : undefined;
    if (rest !== undefined) return [key, ...rest];
  }
  const others = getObjectBranch(schema)["additionalProperties"];
  if (others === true) return toFreePlace(words, known);
  if (!isJsonObject(others)) return undefined;
  return matchMapKey(words, others, known);
}

function matchMapKey(words: readonly string[], inner: JsonSchema, known: JsonValue | undefined): readonly string[] | undefined {
  const existing = isJsonObject(known) ? Object.keys(known) : [];
  const [first] = words;
  if (first === undefined || first === "") return undefined;
  for (const [key, count] of [...matchKeys(words, existing), [first.toLowerCase(), 1] as const]) {
    const rest = match(words.slice(count), inner, getOwn(known, key));
    if (rest !== undefined) return [key, ...rest];
  }
  return undefined;
}

/** A place among keys that no schema names: what is there already decides, else camelCase. */
function toFreePlace(words: readonly string[], known: JsonValue | undefined): readonly string[] | undefined {
  const existing = isJsonObject(known) ? Object.keys(known) : [];
  for (const [key, count] of matchKeys(words, existing)) {
    const rest = words.slice(count);
    if (rest.length === 0) return [key];
    const inner = getOwn(known, key);
    const deeper = isJsonObject(inner) ? toFreePlace(rest[0] === "" ? rest.slice(1) : rest, inner) : undefined;
    if (deeper !== undefined) return [key, ...deeper];
  }
  const step = words.indexOf("");
  const head = step === -1 ? words : words.slice(0, step);
  const tail = step === -1 ? [] : words.slice(step + 1);
  if (head.length === 0) return undefined;
  const key = head.map((word, index) => (index === 0 ? word.toLowerCase() : word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())).join("");
  if (step === -1) return [key];
  const deeper = tail.length === 0 ? undefined : toFreePlace(tail, getAt(known, [key]));
  return deeper === undefined ? undefined : [key, ...deeper];
}

/** Keys that the first words spell, with how many words each takes; the longest first. */
function matchKeys(words: readonly string[], keys: readonly string[]): readonly (readonly [string, number])[] {
  const found: (readonly [string, number])[] = [];
  for (let count = words.length; count > 0; count -= 1) {
    const head = words.slice(0, count);
    if (head.includes("")) continue;
    const spelt = head.join("").toLowerCase();
    const key = keys.find((each) => each.replaceAll(/[-_]/g, "").toLowerCase() === spelt);
    if (key !== undefined) found.push([key, count]);
  }
  return found;
}

function getObjectBranch(schema: JsonSchema): JsonSchema {
  if (!Array.isArray(schema["anyOf"])) return schema;
  return schema["anyOf"].filter(isJsonObject).find((branch) => branch["type"] === "object") ?? {};
}

function getProperties(schema: JsonSchema): JsonObject {
  const properties = getObjectBranch(schema)["properties"];
  return isJsonObject(properties) ? properties : {};
}

function schemaAt(place: readonly string[]): JsonSchema | undefined {
  return place.reduce<JsonSchema | undefined>((schema, key) => {
    if (schema === undefined) return undefined;
    const own = getOwn(getProperties(schema), key) ?? getObjectBranch(schema)["additionalProperties"];
    return isJsonObject(own) ? own : undefined;
  }, configSchema);
}

/** A text as JSON where it plainly is JSON, else as it stands; always as it stands where only a string fits. */
function toValue(text: string, schema: JsonSchema | undefined): JsonValue {
  const trimmed = text.trim();
  if (schema?.["type"] === "string") return text;
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  if (/^-?\d/.test(trimmed)) return String(Number(trimmed)) === trimmed ? Number(trimmed) : text;
  if (!/^[[{"]/.test(trimmed)) return text;
  try {
    const value: JsonValue = JSON.parse(trimmed) as JsonValue;
    return value;
  } catch {
    return text;
  }
}
