import type { ContentBlock, JsonObject, JsonValue, ResourceContent, ToolResult } from "@omni/core";
import { isJsonList, isJsonObject, toWords } from "./json-shape.ts";

/**
 * A server's result as ours, which has the same shape: blocks are kept as
 * they are. What is no block becomes text, so that nothing a server says
 * breaks the conversation; an empty text is left out.
 */
export function toToolResult(raw: JsonObject): ToolResult {
  const structured = raw["structuredContent"];
  const content = (isJsonList(raw["content"]) ? raw["content"] : []).flatMap(toBlocks);
  // The protocol's first version had the result under another name.
  if (content.length === 0 && raw["toolResult"] !== undefined) content.push({ type: "text", text: toText(raw["toolResult"]) });
  if (content.length === 0 && structured === undefined) content.push({ type: "text", text: raw["isError"] === true ? "The tool failed and said nothing." : "Done; the tool said nothing." });
  return { content, ...(raw["isError"] === true ? { isError: true } : {}), ...(isJsonObject(structured) ? { structuredContent: structured } : {}) };
}

/** One block of a result or a prompt; none for an empty text. */
export function toBlocks(value: JsonValue): ContentBlock[] {
  if (!isJsonObject(value)) return toTextBlocks(value);
  const { type, text, uri, name, resource, _meta } = value;
  const meta = isJsonObject(_meta) ? { _meta } : {};
  if (type === "text" && typeof text === "string") return text === "" ? [] : [{ type, text, ...meta }];
  if (type === "image" || type === "audio") return toMediaBlocks(value, type, meta);
  if (type === "resource" && isJsonObject(resource)) {
    const found = toResource(resource);
    if (found !== undefined) return [{ type, resource: found, ...meta }];
  }
  if (type === "resource_link" && typeof uri === "string") {
    const { mimeType, description } = value;
    return [{ type, uri, name: toWords(name) ?? uri, ...(typeof mimeType === "string" ? { mimeType } : {}), ...(typeof description === "string" ? { description } : {}), ...meta }];
  }
  return toTextBlocks(value);
}

/** A document of a server: its text, its picture or its bytes; undefined for what is none. */
export function toResource(value: JsonObject): ResourceContent["resource"] | undefined {
  const { uri, mimeType, text, blob } = value;
  if (typeof uri !== "string") return undefined;
  const type = typeof mimeType === "string" ? { mimeType } : {};
  if (typeof text === "string") return { uri, text, ...type };
  return typeof blob === "string" && isBase64(blob) ? { uri, blob, ...type } : undefined;
}

function toMediaBlocks(value: JsonObject, type: "image" | "audio", meta: { readonly _meta?: JsonObject }): ContentBlock[] {
  const { data, mimeType } = value;
  if (typeof data !== "string" || typeof mimeType !== "string" || !isBase64(data)) return [{ type: "text", text: `[the tool gave an ${type} that is not base64 with a media type]` }];
  return [{ type, data, mimeType, ...meta }];
}

function toTextBlocks(value: JsonValue): ContentBlock[] {
  return [{ type: "text", text: toText(value) }];
}

function toText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isBase64(data: string): boolean {
  return data !== "" && data.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
}
