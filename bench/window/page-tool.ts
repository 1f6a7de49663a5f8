import type { JsonObject, OmniModule, Tool } from "@omni/core";

/** Characters of a page. */
const pageCharacters = 20_000;

const show: Tool = {
  name: "page.show",
  description: "Shows a page of 20 KB.",
  inputSchema: { type: "object", properties: { number: { type: "integer" } }, required: ["number"] },
  annotations: { readOnlyHint: true, openWorldHint: false },
  execute: async (input) => ({ content: [{ type: "text", text: toPage(Number(input["number"])) }] }),
};

/** The text of a page. */
export function toPage(number: number): string {
  const line = `page ${number}: the quick brown fox jumps over the lazy dog and goes home again\n`;
  return line.repeat(Math.ceil(pageCharacters / line.length)).slice(0, pageCharacters);
}

/** A tool whose results are as long as a tool's results are when nobody looked after them. */
export const omni: OmniModule<"tool", JsonObject> = {
  slot: "tool",
  name: "page",
  contract: 1,
  options: { jsonSchema: { type: "object" }, parse: () => ({}) },
  create: () => ({ owner: "page", trusted: true, tools: () => [show], onChange: () => () => undefined, close: async () => undefined }),
};
