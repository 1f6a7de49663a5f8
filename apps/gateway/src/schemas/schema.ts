import type { JsonSchema } from "@omni/core";

/** An object with these fields; a field whose name ends with `?` may be missing. Further fields are allowed: more may be added. */
export function object(fields: Readonly<Record<string, JsonSchema>>, about?: string): JsonSchema {
  const names = Object.keys(fields);
  const required = names.filter((name) => !name.endsWith("?"));
  return {
    type: "object",
    ...(about === undefined ? {} : { description: about }),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ""), fields[name] ?? {}])),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** A list of these. */
export function list(items: JsonSchema, about?: string): JsonSchema {
  return { type: "array", items, ...(about === undefined ? {} : { description: about }) };
}

/** A text. */
export function text(about?: string): JsonSchema {
  return { type: "string", ...(about === undefined ? {} : { description: about }) };
}

/** One of these words. */
export function word(words: readonly string[], about?: string): JsonSchema {
  return { type: "string", enum: [...words], ...(about === undefined ? {} : { description: about }) };
}

/** A whole number within bounds. */
export function whole(about?: string, bounds: { readonly minimum?: number; readonly maximum?: number } = {}): JsonSchema {
  return { type: "integer", ...bounds, ...(about === undefined ? {} : { description: about }) };
}

/** A yes or no. */
export function flag(about?: string): JsonSchema {
  return { type: "boolean", ...(about === undefined ? {} : { description: about }) };
}

/** The same, or null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

/** A schema of the document's own, by name. */
export function named(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
