import type { JsonObject, JsonSchema } from "@omni/core";
import type { OutputUnit } from "@cfworker/json-schema";
import { Validator } from "@cfworker/json-schema";

/** Says what is wrong with a value, or nothing. */
export type SchemaValidator = (schema: JsonSchema, value: JsonObject) => string | undefined;

/** A validator that prepares each schema once. A schema that is itself broken is reported as the problem: it lets nothing through. */
export function createSchemaValidator(): SchemaValidator {
  const prepared = new WeakMap<JsonSchema, Validator>();
  return (schema, value) => {
    try {
      const validator = prepared.get(schema) ?? new Validator({ ...schema }, "2020-12", true);
      prepared.set(schema, validator);
      const { valid, errors } = validator.validate(value);
      if (valid) return undefined;
      const deepest = errors.at(-1);
      return deepest === undefined ? "it does not fit" : toProblem(deepest);
    } catch (error) {
      return `the tool's own schema cannot be used (${error instanceof Error ? error.message : String(error)})`;
    }
  };
}

function toProblem({ keyword, instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#\/?/, "").replaceAll("/", ".");
  if (keyword === "false") return `there is no ${JSON.stringify(place)}`;
  if (keyword === "required") return error.replace(/^Instance does not have required property/, place === "" ? "it lacks" : `${place} lacks`).replace(/\.$/, "");
  return `${place === "" ? "the arguments" : place}: ${error.replace(/\.$/, "")}`;
}
