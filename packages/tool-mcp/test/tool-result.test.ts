import { expect, it } from "vitest";
import fc from "fast-check";
import { isJsonObject } from "../src/json-shape.ts";
import { toToolDefinitions } from "../src/tool-definitions.ts";
import { toToolResult } from "../src/tool-result.ts";

it("a result of the protocol is kept as it is", () => {
  const result = {
    content: [
      { type: "text", text: "words", _meta: { a: 1 } },
      { type: "image", data: "AAAA", mimeType: "image/png" },
      { type: "audio", data: "AAAA", mimeType: "audio/wav" },
      { type: "resource", resource: { uri: "a:b", mimeType: "text/plain", text: "t" } },
      { type: "resource_link", uri: "a:b", name: "n", mimeType: "text/plain", description: "d" },
    ],
    structuredContent: { a: [1] },
    isError: true,
  };
  expect(toToolResult(result)).toEqual(result);
});

it("what is no block becomes words, and an empty result says so", () => {
  expect(toToolResult({ content: [{ type: "text", text: "" }, { type: "video", url: "x" }, 7, { type: "image", data: "not base64!", mimeType: "image/png" }, { type: "resource_link", uri: "a:b" }] }).content).toEqual([
    { type: "text", text: '{"type":"video","url":"x"}' },
    { type: "text", text: "7" },
    { type: "text", text: "[the tool gave an image that is not base64 with a media type]" },
    { type: "resource_link", uri: "a:b", name: "a:b" },
  ]);
  expect(toToolResult({})).toEqual({ content: [{ type: "text", text: "Done; the tool said nothing." }] });
  expect(toToolResult({ isError: true })).toEqual({ isError: true, content: [{ type: "text", text: "The tool failed and said nothing." }] });
  expect(toToolResult({ structuredContent: { a: 1 } })).toEqual({ content: [], structuredContent: { a: 1 } });
  expect(toToolResult({ toolResult: "old" }).content).toEqual([{ type: "text", text: "old" }]);
});

it("any JSON at all is a result, and any list at all is a list of tools", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.jsonValue()), (value, items) => {
      const json: unknown = JSON.parse(JSON.stringify({ content: value }));
      if (isJsonObject(json)) expect(toToolResult(json).content.every((block) => block.type !== "text" || typeof block.text === "string")).toBe(true);
      const list = JSON.parse(JSON.stringify(items)) as Parameters<typeof toToolDefinitions>[0];
      expect(toToolDefinitions(list).definitions.length).toBeLessThanOrEqual(items.length);
    }),
  );
});

it("annotations are taken one by one, a missing type is object, and a schema nested too deeply costs its tool only", () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
  const { definitions, warnings } = toToolDefinitions([
    { name: "a", title: "A", inputSchema: {}, annotations: { readOnlyHint: true, idempotentHint: "yes", other: 1 } },
    { name: "b", inputSchema: { type: "array" } },
    { name: "c", inputSchema: { properties: deep as never } },
    { name: "x".repeat(300), inputSchema: {} },
  ]);
  expect(definitions).toHaveLength(1);
  expect(definitions[0]).toMatchObject({ name: "a", description: "A", inputSchema: { type: "object" }, annotations: { title: "A", readOnlyHint: true } });
  expect(definitions[0]?.annotations).not.toHaveProperty("idempotentHint");
  expect(warnings).toHaveLength(3);
});
