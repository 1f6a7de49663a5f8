import type { ContentBlock, JsonObject, JsonSchema, JsonValue, ToolResult } from "@omni/core";

/** Keywords one of which says what a property may be. */
const typing = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"];

/** What keeps a schema from being one a model can use; undefined for a good one. */
export function toSchemaProblem(schema: JsonSchema): string | undefined {
  if (JSON.stringify(JSON.parse(JSON.stringify(schema))) !== JSON.stringify(schema)) return "it is not plain JSON";
  if (schema["type"] !== "object") return "its type is not object";
  const properties = schema["properties"] ?? {};
  if (!isObject(properties)) return "its properties are no object";
  for (const [name, property] of Object.entries(properties)) {
    if (!isObject(property)) return `property ${name} is no schema`;
    if (!typing.some((keyword) => keyword in property)) return `property ${name} says not what it may be`;
    const description = property["description"];
    if (typeof description !== "string" || description.trim() === "") return `property ${name} has no description`;
  }
  const required = schema["required"] ?? [];
  if (!Array.isArray(required)) return "required is no list";
  const missing = required.find((name) => typeof name !== "string" || !Object.hasOwn(properties, name));
  return missing === undefined ? undefined : `required names ${String(missing)}, which is no property`;
}

/** What is wrong with the shape of a result; undefined for a good one. */
export function toContentProblem(result: ToolResult): string | undefined {
  if (!Array.isArray(result.content)) return "content is no list";
  if (result.content.length === 0 && result.structuredContent === undefined) return "it has neither content nor structured content";
  if (result.structuredContent !== undefined && !isObject(result.structuredContent)) return "structured content is no object";
  if (result.foreignSource !== undefined && (typeof result.foreignSource !== "string" || result.foreignSource === "")) return "what strangers wrote has no source";
  for (const block of result.content) {
    const problem = toBlockProblem(block);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function toBlockProblem(block: ContentBlock): string | undefined {
  switch (block.type) {
    case "text":
      return typeof block.text === "string" && block.text !== "" ? undefined : "a text block has no text";
    case "image":
    case "audio":
      return isMedia(block, block.type) ? undefined : `an ${block.type} block is not base64 of its type`;
    case "resource":
      return typeof block.resource.uri === "string" && (block.resource.text ?? block.resource.blob) !== undefined ? undefined : "a resource block has no uri or no content";
    case "resource_link":
      return typeof block.uri === "string" && typeof block.name === "string" ? undefined : "a link block has no uri or no name";
    default:
      return "a block has no type that is known";
  }
}

function isMedia(block: { readonly data: string; readonly mimeType: string }, type: string): boolean {
  return block.mimeType.startsWith(`${type}/`) && block.data !== "" && /^[A-Za-z0-9+/]+={0,2}$/.test(block.data) && block.data.length % 4 === 0;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
