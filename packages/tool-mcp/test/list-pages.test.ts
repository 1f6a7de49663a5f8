import type { JsonObject, JsonValue } from "@omni/core";
import { expect, it } from "vitest";
import { toExtent } from "../src/json-shape.ts";
import { listPages } from "../src/list-pages.ts";
import { toToolDefinitions } from "../src/tool-definitions.ts";

/** Pages without end; `page` makes each. */
function create(page: (count: number) => JsonObject): { readonly ask: () => Promise<JsonObject>; readonly asked: () => number } {
  let count = 0;
  return { ask: async () => page((count += 1)), asked: () => count };
}

it("of pages without end no more than 16 MiB is kept, and no more is asked for", async () => {
  const { ask, asked } = create((count) => ({ tools: [{ name: `tool-${count}`, description: "x".repeat(1_048_576) }], nextCursor: String(count) }));
  const { items, warning } = await listPages({ ask, key: "tools" });
  expect(items).toHaveLength(15);
  expect(warning).toContain("more than 16777216 characters");
  expect(asked()).toBe(16);
});

it("cursors are kept too, so they count", async () => {
  const { ask, asked } = create((count) => ({ tools: [], nextCursor: `${count}${"x".repeat(1_048_576)}` }));
  expect((await listPages({ ask, key: "tools" })).warning).toContain("more than 16777216 characters");
  expect(asked()).toBe(16);
});

it("a list of as many items as are wanted is whole, and one more is left out with a warning", async () => {
  const page = (length: number): JsonObject => ({ tools: Array.from({ length }, (_, index) => index) });
  expect(await listPages({ ask: async () => page(3), key: "tools", mostItems: 3 })).toEqual({ items: [0, 1, 2] });
  expect(await listPages({ ask: async () => page(4), key: "tools", mostItems: 3 })).toMatchObject({ items: [0, 1, 2], warning: expect.stringContaining("more than 3 tools") });
});

it("a value is measured however deep it is, about as its JSON is long", () => {
  let deep: JsonValue = "x";
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  expect(toExtent(deep, 1_000_000)).toBe(400_003);
  expect(toExtent(deep, 1_000)).toBeLessThan(2_000);
  const value = { name: "a tool", inputSchema: { type: "object", properties: { path: { type: "string", description: "Where it is." } } }, hints: [true, null, 12] };
  expect(toExtent(value, 10_000) / JSON.stringify(value).length).toBeCloseTo(1, 0);
});

it("what a definition is known again by is short, and another for another definition", () => {
  const fingerprint = (description: string): string => {
    const [found] = toToolDefinitions([{ name: "a", inputSchema: { properties: { b: { type: "string", description } } } }]).definitions;
    return found?.fingerprint ?? "";
  };
  const long = "x".repeat(100_000);
  expect(fingerprint(long)).toHaveLength(64);
  expect(fingerprint(long)).toBe(fingerprint(long));
  expect(fingerprint(long)).not.toBe(fingerprint(`${long}y`));
});
