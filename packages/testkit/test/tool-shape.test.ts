import { describe, expect, it } from "vitest";
import { toContentProblem, toSchemaProblem } from "../src/tool-shape.ts";

describe("toSchemaProblem", () => {
  it("accepts object schemas whose properties are typed and described", () => {
    expect(toSchemaProblem({ type: "object" })).toBeUndefined();
    expect(toSchemaProblem({ type: "object", properties: { a: { type: "string", description: "A." }, b: { enum: [1], description: "B." } }, required: ["a"] })).toBeUndefined();
  });

  it.each([
    [{ type: "string" }, "not object"],
    [{ type: "object", properties: [] }, "no object"],
    [{ type: "object", properties: { a: "string" } }, "no schema"],
    [{ type: "object", properties: { a: { description: "A." } } }, "what it may be"],
    [{ type: "object", properties: { a: { type: "string", description: " " } } }, "no description"],
    [{ type: "object", required: ["a"] }, "no property"],
  ])("says what is wrong with %j", (schema, problem) => {
    expect(toSchemaProblem(schema)).toContain(problem);
  });
});

describe("toContentProblem", () => {
  it("accepts every kind of block that is whole", () => {
    const content = [
      { type: "text", text: "a" },
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "audio", data: "AA==", mimeType: "audio/wav" },
      { type: "resource", resource: { uri: "a:b", text: "" } },
      { type: "resource_link", uri: "a:b", name: "b" },
    ] as const;
    expect(toContentProblem({ content })).toBeUndefined();
    expect(toContentProblem({ content: [], structuredContent: {} })).toBeUndefined();
  });

  it("names what is broken", () => {
    expect(toContentProblem({ content: [] })).toContain("neither");
    expect(toContentProblem({ content: [{ type: "text", text: "" }] })).toContain("no text");
    expect(toContentProblem({ content: [{ type: "image", data: "not base64", mimeType: "image/png" }] })).toContain("base64");
    expect(toContentProblem({ content: [{ type: "image", data: "AAAA", mimeType: "text/plain" }] })).toContain("base64");
    expect(toContentProblem({ content: [{ type: "resource", resource: { uri: "a:b" } }] })).toContain("no content");
  });
});
