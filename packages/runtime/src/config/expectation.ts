import type { JsonSchema, JsonValue } from "@omni/core";
import type { Place } from "./place.ts";
import { isJsonObject } from "./json-shape.ts";

/** True when a value has the type, or one of the types, that a schema's `type` names. */
export function hasType(type: JsonValue | undefined, value: JsonValue): boolean {
  if (type === undefined) return true;
  if (Array.isArray(type)) return type.some((each: JsonValue) => hasType(each, value));
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "number") return typeof value === "number" && Number.isFinite(value);
  return type === toType(value);
}

function toType(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

const typeNames: Readonly<Record<string, string>> = {
  object: "an object",
  array: "a list",
  string: "a string",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  null: "null",
};

/** What a schema wants, in words: `a whole number from 0 to 65535`. */
export function toExpectation(schema: JsonSchema): string {
  if (Array.isArray(schema["anyOf"])) return schema["anyOf"].filter(isJsonObject).map(toExpectation).join(" or ");
  if (typeof schema["title"] === "string") return schema["title"];
  if (Array.isArray(schema["enum"])) return schema["enum"].length === 1 ? JSON.stringify(schema["enum"][0]) : `one of ${schema["enum"].map((each: JsonValue) => JSON.stringify(each)).join(", ")}`;
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  const types = Array.isArray(schema["type"]) ? (schema["type"] as readonly JsonValue[]) : [schema["type"]];
  const words = types.map((type) => (typeof type === "string" ? (typeNames[type] ?? type) : "a value")).join(" or ");
  return `${words}${toRange(schema)}`;
}

function toRange(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  if (typeof minimum === "number" && typeof maximum === "number") return ` from ${minimum} to ${maximum}`;
  if (typeof minimum === "number") return ` of at least ${minimum}`;
  if (typeof maximum === "number") return ` of at most ${maximum}`;
  if (minLength === 1 && maxLength === undefined) return " that is not empty";
  if (typeof minLength === "number") return ` of at least ${minLength} characters`;
  if (typeof maxLength === "number") return ` of at most ${maxLength} characters`;
  if (typeof minItems === "number") return ` of at least ${minItems}`;
  return typeof maxItems === "number" ? ` of at most ${maxItems}` : "";
}

const secretName = /key|token|secret|password|credential|authorization/i;

/** What was found, in words. A string is quoted only where a word or a number was wanted and its key does not sound like a secret's. */
export function toFinding(value: JsonValue, schema: JsonSchema, place: Place): string {
  if (typeof value === "number" || typeof value === "boolean") return `${typeof value === "number" ? "the number " : ""}${String(value)}`;
  if (value === "") return "an empty string";
  if (typeof value !== "string") return typeNames[toType(value)] ?? "something else";
  const mayQuote = (schema["enum"] !== undefined || schema["type"] === "integer" || schema["type"] === "number" || schema["type"] === "boolean") && value.length <= 40;
  return mayQuote && !secretName.test(String(place.at(-1) ?? "")) ? `the string ${JSON.stringify(value)}` : "a string";
}
