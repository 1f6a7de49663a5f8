import type { JsonObject, JsonValue, OmniModule, SlotName } from "@omni/core";
import { isOmniError, OmniError, toOmniError } from "@omni/core";
import type { SchemaProblem } from "../config/schema-problems.ts";
import { findSchemaProblems, isPlainSchema } from "../config/schema-problems.ts";
import { getOwn, isJsonObject } from "../config/json-shape.ts";
import { toPlaceText } from "../config/place.ts";

/** Slots in which an unknown option may be a misspelt restriction: it stops the start there. */
const strictSlots: ReadonlySet<SlotName> = new Set<SlotName>(["policy", "sandbox"]);

/**
 * The options of an implementation, from its `with` object: keys are brought
 * to the schema's own case, the schema is applied, then `parse` fills in what
 * is missing. An unknown key is dropped and told to `warn`; in a policy or a
 * sandbox it is an error. Throws `config.invalid` with the place.
 */
export async function parseOptions(module: OmniModule<SlotName>, given: JsonObject, place: string, warn: (message: string) => void = () => undefined): Promise<unknown> {
  const { jsonSchema } = module.options;
  const options = withSchemaKeys(jsonSchema, given);
  const problems = await findOptionProblems(jsonSchema, options);
  const fatal = problems.filter((problem) => problem.kind !== "unknown" || strictSlots.has(module.slot));
  if (fatal.length > 0) throw new OmniError("config.invalid", fatal.map((problem) => toMessage(problem, place)).join("\n"));
  for (const problem of problems) warn(toMessage(problem, place));
  try {
    return module.options.parse(withoutUnknown(options, problems.filter((problem) => problem.kind === "unknown")));
  } catch (error) {
    const wrapped = toOmniError(error, "config.invalid");
    if (isOmniError(error) && error.message.startsWith(place)) throw error;
    throw new OmniError(wrapped.code, `${place}: ${wrapped.message}`, { cause: error });
  }
}

/** Everything that is wrong with a `with` object. A schema that uses more than the walk judges is given to the full validator as well; what is missing from an empty object the walk judges by itself. */
export async function findOptionProblems(schema: JsonObject, options: JsonObject): Promise<readonly SchemaProblem[]> {
  const problems = findSchemaProblems(schema, options).filter((problem) => problem.kind !== "reserved");
  const hasOptions = Object.keys(options).length > 0;
  if (!hasOptions || isPlainSchema(schema) || problems.some((problem) => problem.kind !== "unknown")) return problems;
  const { createSchemaValidator } = await import("../schema-validator.ts");
  const message = createSchemaValidator()(schema, withoutUnknown(options, problems));
  return message === undefined ? problems : [...problems, { kind: "wrong", place: [], message }];
}

function toMessage(problem: SchemaProblem, place: string): string {
  const inner = toPlaceText(problem.place);
  const separator = inner === "" || inner.startsWith("[") ? "" : ".";
  return `${place}${separator}${inner}: ${problem.message}`;
}

/** Only the top keys and objects below them are pruned: an unknown key inside a list stays for `parse` to judge. */
function withoutUnknown(value: JsonObject, problems: readonly SchemaProblem[]): JsonObject {
  const entries = Object.entries(value).flatMap(([key, child]): [string, JsonValue | undefined][] => {
    const inner = problems.filter((problem) => problem.place[0] === key);
    if (inner.some((problem) => problem.place.length === 1)) return [];
    const deeper = inner.map((problem) => ({ ...problem, place: problem.place.slice(1) }));
    return [[key, isJsonObject(child) && deeper.length > 0 ? withoutUnknown(child, deeper) : child]];
  });
  return Object.fromEntries(entries);
}

/**
 * Brings keys to the case the schema writes them in, and `timeoutsIdleMs` to
 * `timeouts.idleMs`: an environment variable has no case and no dots. A key
 * the schema knows as it stands wins over one that only resembles it.
 */
export function withSchemaKeys(schema: JsonObject, value: JsonObject): JsonObject {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  let result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const placed = Object.hasOwn(properties, key) ? toEntry(properties, key, child) : toResembling(properties, key, child, value);
    result = mergeInner(result, placed);
  }
  return result;
}

function toEntry(properties: JsonObject, key: string, child: JsonValue): JsonObject {
  const inner = getOwn(properties, key);
  return Object.fromEntries([[key, isJsonObject(child) && isJsonObject(inner) ? withSchemaKeys(inner, child) : child]]);
}

function toResembling(properties: JsonObject, key: string, child: JsonValue, siblings: JsonObject): JsonObject {
  const wanted = key.toLowerCase();
  const same = Object.keys(properties).find((each) => each.toLowerCase() === wanted && !Object.hasOwn(siblings, each));
  if (same !== undefined) return toEntry(properties, same, child);
  for (const [outer, inner] of Object.entries(properties)) {
    if (!isJsonObject(inner) || !isJsonObject(inner["properties"]) || !wanted.startsWith(outer.toLowerCase())) continue;
    const rest = key.slice(outer.length);
    const match = Object.keys(inner["properties"]).find((each) => each.toLowerCase() === rest.toLowerCase());
    if (match !== undefined) return Object.fromEntries([[outer, toEntry(inner["properties"], match, child)]]);
  }
  return Object.fromEntries([[key, child]]);
}

function mergeInner(into: JsonObject, from: JsonObject): JsonObject {
  const entries = Object.entries(from).map(([key, child]): [string, JsonValue | undefined] => {
    const before = getOwn(into, key);
    return [key, isJsonObject(before) && isJsonObject(child) ? mergeInner(before, child) : child];
  });
  return { ...into, ...Object.fromEntries(entries) };
}
