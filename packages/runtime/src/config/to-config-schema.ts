import type { JsonObject, JsonSchema, JsonValue, SlotName } from "@omni/core";
import type { Registry } from "../registry/registry.ts";
import { configSchema } from "./config-schema.ts";
import { getOwn, isJsonObject } from "./json-shape.ts";

/** Keys of `omni.json` that hold one choice of a slot. */
const slotKeys: readonly (readonly [string, SlotName])[] = [
  ["provider", "provider"],
  ["memory", "memory"],
  ["window", "window"],
  ["policy", "policy"],
  ["store", "store"],
  ["embedder", "embedder"],
];

/**
 * The schema of `omni.json` with the options of every shipped implementation
 * filled in, for editors: written beside the file it completes each `use` and
 * each `with`. Imports every implementation. A `use` that is not shipped (a
 * path, a package) fits with any `with`.
 */
export async function toConfigSchema(registry: Registry): Promise<JsonObject> {
  const properties: Record<string, JsonValue | undefined> = { ...toObject(configSchema["properties"]) };
  for (const [key, slot] of slotKeys) properties[key] = withChoices(toObject(properties[key]), await toOptionSchemas(registry, slot));
  const provider = await toOptionSchemas(registry, "provider");
  const tools = await toOptionSchemas(registry, "tool");
  const keyed = toObject(toObject(properties["tools"])["additionalProperties"]);
  properties["tools"] = {
    ...toObject(properties["tools"]),
    properties: Object.fromEntries([...tools].map(([name, options]) => [name, withKeyedChoice(keyed, name, options, tools)])),
    additionalProperties: withChoices(keyed, tools),
  };
  properties["providers"] = { ...toObject(properties["providers"]), additionalProperties: withChoices(toObject(toObject(properties["providers"])["additionalProperties"]), provider) };
  return { ...configSchema, properties };
}

async function toOptionSchemas(registry: Registry, slot: SlotName): Promise<ReadonlyMap<string, JsonSchema>> {
  const nowhere = { place: slot, configDir: "/", home: "/", cwd: "/" };
  const entries = await Promise.all(registry.names(slot).map(async (name): Promise<[string, JsonSchema]> => [name, toEmbedded((await registry.resolve(slot, name, nowhere)).options.jsonSchema, `${slot}-${name}`)]));
  return new Map(entries);
}

/** A schema with references of its own keeps them by an id of its own. */
function toEmbedded(schema: JsonSchema, name: string): JsonSchema {
  const inner = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema"));
  return JSON.stringify(inner).includes('"$ref"') && inner["$id"] === undefined ? { $id: `omni:${name}`, ...inner } : inner;
}

/** Puts `if use is this, with is that` into the branch of a schema that is an object. */
function withChoices(schema: JsonSchema, options: ReadonlyMap<string, JsonSchema>): JsonSchema {
  if (Array.isArray(schema["anyOf"])) {
    return { ...schema, anyOf: (schema["anyOf"] as readonly JsonValue[]).map((branch) => (isJsonObject(branch) && branch["type"] === "object" ? withChoices(branch, options) : branch)) };
  }
  const use = toObject(getOwn(schema["properties"], "use"));
  const examples = [...options.keys()];
  const rules = [...options].map(([name, inner]) => ({ if: { properties: { use: { const: name } }, required: ["use"] }, then: { properties: { with: inner } } }));
  if (rules.length === 0) return schema;
  return { ...schema, properties: { ...toObject(schema["properties"]), use: { ...use, examples } }, allOf: rules };
}

/** The same where the key itself is the name when `use` is absent. */
function withKeyedChoice(keyed: JsonSchema, name: string, own: JsonSchema, options: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const choices = withChoices(keyed, options);
  return { ...choices, if: { type: "object", not: { required: ["use"] } }, then: { properties: { with: own } }, description: `The toolset ${name}; false removes it.` };
}

function toObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
