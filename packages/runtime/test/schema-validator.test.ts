import { describe, expect, it } from "vitest";
import { createSchemaValidator } from "../src/schema-validator.ts";

const schema = { type: "object", properties: { path: { type: "string" }, limit: { type: "integer", minimum: 1 } }, required: ["path"], additionalProperties: false };

describe("createSchemaValidator", () => {
  const validate = createSchemaValidator();

  it("says nothing of a value that fits", () => {
    expect(validate(schema, { path: "a", limit: 3 })).toBeUndefined();
  });

  it.each([[{}], [{ path: 1 }], [{ path: "a", limit: 0 }], [{ path: "a", more: true }]])("says what is wrong with %j", (value) => {
    expect(validate(schema, value)).toEqual(expect.any(String));
  });

  it.each([
    [{ path: 1 }, /^path: .*string/],
    [{}, /^it lacks "path"$/],
    [{ path: "a", more: true }, /^there is no "more"$/],
  ])("says in plain words what is wrong with %j", (value, words) => {
    expect(validate(schema, value)).toMatch(words);
  });

  it("lets nothing through a schema that is itself broken", () => {
    expect(validate({ type: "object", properties: { a: { $ref: "#/nowhere" } } }, { a: 1 })).toContain("cannot be used");
  });
});
