import type { JsonSchema } from "@omni/core";

/** What is wrong with a value, by the few words that the document's schemas use. A word it does not know is a problem too. */
export function toProblems(root: JsonSchema, value: unknown, schema: JsonSchema = root, place = "$"): readonly string[] {
  const at = (what: string): readonly string[] => [`${place} ${what}`];
  return Object.entries(schema).flatMap(([word, given]): readonly string[] => {
    switch (word) {
      case "description":
      case "format":
      case "components":
        return [];
      case "$ref":
        return toProblems(root, value, resolve(root, String(given)), place);
      case "type":
        return isOfType(value, String(given)) ? [] : at(`is no ${String(given)}`);
      case "enum":
        return (given as readonly unknown[]).includes(value) ? [] : at("is none of the words");
      case "required":
        return typeof value === "object" && value !== null ? (given as readonly string[]).filter((name) => !Object.hasOwn(value, name)).map((name) => `${place} lacks ${name}`) : [];
      case "properties":
        return Object.entries(given as Readonly<Record<string, JsonSchema>>).flatMap(([name, each]) => {
          const own = typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name) : undefined;
          return own === undefined ? [] : toProblems(root, own.value, each, `${place}.${name}`);
        });
      case "items":
        return Array.isArray(value) ? value.flatMap((each, index) => toProblems(root, each, given as JsonSchema, `${place}[${index}]`)) : [];
      case "anyOf":
      case "oneOf":
        return (given as readonly JsonSchema[]).some((each) => toProblems(root, value, each, place).length === 0) ? [] : at(`fits none of ${word}`);
      case "minimum":
        return typeof value !== "number" || value >= Number(given) ? [] : at("is too small");
      case "maximum":
        return typeof value !== "number" || value <= Number(given) ? [] : at("is too large");
      case "exclusiveMinimum":
        return typeof value !== "number" || value > Number(given) ? [] : at("is too small");
      case "minLength":
        return typeof value !== "string" || value.length >= Number(given) ? [] : at("is too short");
      case "maxLength":
        return typeof value !== "string" || value.length <= Number(given) ? [] : at("is too long");
      case "minItems":
        return !Array.isArray(value) || value.length >= Number(given) ? [] : at("has too few");
      default:
        return at(`has a schema with ${word}, which this does not know`);
    }
  });
}

function resolve(root: JsonSchema, pointer: string): JsonSchema {
  return pointer.replace(/^#\//, "").split("/").reduce<JsonSchema>((found, name) => (found[name] ?? {}) as JsonSchema, root);
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
