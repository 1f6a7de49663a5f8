import type { JsonObject, JsonSchema, JsonValue } from "@omni/core";
import type { Place } from "./place.ts";
import { findNearestName } from "./nearest-name.ts";
import { getAt, getOwn, isJsonObject } from "./json-shape.ts";
import { hasType, toExpectation, toFinding } from "./expectation.ts";

/** What is wrong at one place of a value. */
export interface SchemaProblem {
  /**
   * `wrong`: the value does not fit. `missing`: a required key is absent.
   * `unknown`: the schema names no such key. `refused`: the same where an
   * unknown key may be a misspelt restriction. `reserved`: it fits and has no
   * effect yet.
   */
  readonly kind: "wrong" | "missing" | "unknown" | "refused" | "reserved";
  readonly place: Place;
  /** What was expected and what was found, without the place. */
  readonly message: string;
}

/** How strict the walk is. */
export interface SchemaWalk {
  /** True for a layer that only overrides: nothing is required of it. */
  readonly partial?: boolean;
}

/** Keywords that the walk judges itself, and those that judge nothing. */
const judged = ["type", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "properties", "required", "additionalProperties", "items", "anyOf"];
const silent = ["$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format", "x-closed", "x-reserved"];
const understood: ReadonlySet<string> = new Set([...judged, ...silent]);

/** True when the walk judges every keyword of the schema, so that no other validator is needed. */
export function isPlainSchema(schema: JsonSchema): boolean {
  if (Object.keys(schema).some((key) => !understood.has(key))) return false;
  if (schema["format"] !== undefined) return false;
  const properties = Object.values(toObject(schema["properties"]));
  const branches = Array.isArray(schema["anyOf"]) ? (schema["anyOf"] as readonly JsonValue[]) : [];
  const inner = [...properties, ...branches, schema["items"], schema["additionalProperties"]];
  return inner.every((each) => !isJsonObject(each) || isPlainSchema(each));
}

/**
 * Walks a value along a schema and says everything that is wrong with it,
 * each with its place: types, ranges, words of a list, missing and unknown
 * keys. An unknown key is its own kind of problem, with the nearest known one.
 */
export function findSchemaProblems(schema: JsonSchema, value: JsonValue, walk: SchemaWalk = {}): readonly SchemaProblem[] {
  return [...walkValue(schema, value, [], walk)];
}

function* walkValue(schema: JsonSchema, value: JsonValue, place: Place, walk: SchemaWalk): Generator<SchemaProblem, void, undefined> {
  if (Array.isArray(schema["anyOf"])) {
    const branch = pickBranch(schema["anyOf"].filter(isJsonObject), value);
    if (branch === undefined) yield toWrong(schema, value, place);
    else yield* walkValue(branch, value, place, walk);
  } else if (!hasType(schema["type"], value) || !isWithinLimits(schema, value)) {
    yield toWrong(schema, value, place);
    return;
  } else if (isJsonObject(value)) {
    yield* walkObject(schema, value, place, walk);
  } else if (Array.isArray(value) && isJsonObject(schema["items"])) {
    for (const [index, item] of (value as readonly JsonValue[]).entries()) yield* walkValue(schema["items"], item, [...place, index], walk);
  }
  if (schema["x-reserved"] === true && value !== false && !isEmpty(value)) yield { kind: "reserved", place, message: "has no effect yet" };
}

function* walkObject(schema: JsonSchema, value: JsonObject, place: Place, walk: SchemaWalk): Generator<SchemaProblem, void, undefined> {
  const properties = toObject(schema["properties"]);
  const others = schema["additionalProperties"];
  for (const key of walk.partial === true ? [] : toStrings(schema["required"])) {
    if (getOwn(value, key) === undefined) yield { kind: "missing", place, message: `${JSON.stringify(key)} is missing` };
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const known = getOwn(properties, key);
    if (isJsonObject(known)) yield* walkValue(known, child, [...place, key], walk);
    else if (isJsonObject(others)) yield* walkValue(others, child, [...place, key], walk);
    else if (isClosed(schema, properties)) yield toUnknown(schema, Object.keys(properties), [...place, key]);
  }
}

function isEmpty(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** An object takes further keys when it says so, or when it names none at all. */
function isClosed(schema: JsonSchema, properties: JsonObject): boolean {
  const others = schema["additionalProperties"];
  return others === false || (others === undefined && Object.keys(properties).length > 0);
}

function toUnknown(schema: JsonSchema, known: readonly string[], place: Place): SchemaProblem {
  const key = String(place.at(-1));
  const nearest = findNearestName(key, known);
  const advice = nearest === undefined ? `known here: ${known.toSorted().join(", ") || "none"}` : `did you mean ${JSON.stringify(nearest)}?`;
  return { kind: schema["x-closed"] === true ? "refused" : "unknown", place, message: `unknown key; ${advice}` };
}

function toWrong(schema: JsonSchema, value: JsonValue, place: Place): SchemaProblem {
  return { kind: "wrong", place, message: `expected ${toExpectation(schema)}, found ${toFinding(value, schema, place)}` };
}

/** The branch that fits, else the first of the value's type, so that what is reported is deep in it. */
function pickBranch(branches: readonly JsonSchema[], value: JsonValue): JsonSchema | undefined {
  const fits = branches.find((branch) => findSchemaProblems(branch, value).every((problem) => problem.kind === "unknown" || problem.kind === "reserved"));
  if (fits !== undefined) return fits;
  const ofType = branches.filter((branch) => hasType(branch["type"], value));
  return isJsonObject(value) && ofType.length === 1 ? ofType[0] : undefined;
}

function isWithinLimits(schema: JsonSchema, value: JsonValue): boolean {
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((each) => isEqual(each, value))) return false;
  if (schema["const"] !== undefined && !isEqual(schema["const"], value)) return false;
  if (typeof value === "number") return value >= bound(schema, "minimum", -Infinity) && value <= bound(schema, "maximum", Infinity);
  if (typeof value === "string") return isLengthWithin([...value].length, schema, "Length");
  if (Array.isArray(value)) return isLengthWithin(value.length, schema, "Items");
  return true;
}

function isLengthWithin(length: number, schema: JsonSchema, what: "Length" | "Items"): boolean {
  return length >= bound(schema, `min${what}`, 0) && length <= bound(schema, `max${what}`, Infinity);
}

function bound(schema: JsonSchema, key: string, otherwise: number): number {
  const value = schema[key];
  return typeof value === "number" ? value : otherwise;
}

function isEqual(one: JsonValue, other: JsonValue): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function toStrings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/** The `default` values a schema states, as one object. */
export function toSchemaDefaults(schema: JsonSchema): JsonObject {
  const entries = Object.entries(toObject(schema["properties"])).flatMap(([key, child]): [string, JsonValue][] => {
    if (!isJsonObject(child)) return [];
    const own = getAt(child, ["default"]);
    if (own !== undefined) return [[key, own]];
    const inner = toSchemaDefaults(child);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(entries);
}
