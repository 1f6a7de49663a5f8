import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonSchema, JsonValue } from "@omni/core";
import { configSchema } from "../../src/config/config-schema.ts";
import { createSchemaValidator } from "../../src/schema-validator.ts";
import { findSchemaProblems, isPlainSchema, toSchemaDefaults } from "../../src/config/schema-problems.ts";
import { toPlaceText } from "../../src/config/place.ts";

function problemsOf(schema: JsonSchema, value: JsonValue): readonly string[] {
  return findSchemaProblems(schema, value).map((problem) => `${problem.kind} ${toPlaceText(problem.place)}: ${problem.message}`);
}

describe("the walk along a schema", () => {
  it("judges types, ranges, words, lengths and what is required", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["a"],
      properties: { a: { type: "integer" }, b: { type: ["string", "null"], maxLength: 2 }, c: { enum: ["x", "y"] }, d: { type: "array", minItems: 1, items: { type: "number", maximum: 1 } }, e: { const: 3 } },
    };
    expect(problemsOf(schema, { a: 1, b: null, c: "x", d: [0.5], e: 3 })).toEqual([]);
    expect(problemsOf(schema, { b: "abc", c: "z", d: [2], e: 4, f: 1 })).toEqual([
      'missing : "a" is missing',
      "wrong b: expected a string or null of at most 2 characters, found a string",
      'wrong c: expected one of "x", "y", found the string "z"',
      "wrong d[0]: expected a number of at most 1, found the number 2",
      "wrong e: expected 3, found the number 4",
      "unknown f: unknown key; known here: a, b, c, d, e",
    ]);
    expect(problemsOf(schema, { a: 1.5, d: [] })).toEqual(["wrong a: expected a whole number, found the number 1.5", "wrong d: expected a list of at least 1, found a list"]);
  });

  it("reports what is wrong inside the branch that was meant", () => {
    const schema: JsonSchema = { anyOf: [{ type: "boolean" }, { type: "object", properties: { n: { type: "number" } }, additionalProperties: false }] };
    expect(problemsOf(schema, { n: "x" })).toEqual(['wrong n: expected a number, found the string "x"']);
    expect(problemsOf(schema, "x")).toEqual(["wrong : expected true or false or an object, found a string"]);
  });

  it("knows which schemas it judges alone", () => {
    expect(isPlainSchema(configSchema)).toBe(true);
    expect(isPlainSchema({ type: "object", properties: { a: { type: "string", pattern: "x" } } })).toBe(false);
    expect(isPlainSchema({ type: "array", items: { oneOf: [] } })).toBe(false);
  });

  it("agrees with a full validator on what fits the configuration", () => {
    const validate = createSchemaValidator();
    const leaf = fc.constantFrom<JsonValue>(0, 1, 7, 70_000, -1, 1.5, true, false, null, "", "auto", "none", "x", [], {}, [{ use: "a" }], { use: "a" }, { use: "" }, { use: "a", with: { b: 1 } }, { use: "a", with: 1 }, { with: {} }, { a: {} }, { a: false }, { a: 1 });
    const keys = ["version", "provider", "memory", "window", "policy", "store", "tools", "hooks", "gateway", "agent", "providers", "workspace", "sandbox", "unknown"];
    const inner = fc.dictionary(fc.constantFrom("maxRounds", "port", "host", "contextTokens", "maxTokens"), leaf);
    const value = fc.dictionary(fc.constantFrom(...keys), fc.oneof(leaf, inner));
    fc.assert(fc.property(value, (candidate) => {
      const mine = findSchemaProblems(configSchema, candidate).filter((problem) => problem.kind !== "reserved");
      return (mine.length === 0) === (validate(configSchema, candidate) === undefined);
    }), { numRuns: 1_000 });
  });

  it("collects the values a schema states by itself", () => {
    expect(toSchemaDefaults(configSchema)).toMatchObject({ version: 1, agent: { maxRounds: 30, contextTokens: "auto" }, gateway: { port: 7_777 } });
  });
});
