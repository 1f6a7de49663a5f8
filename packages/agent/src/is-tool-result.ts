import type { ToolResult } from "@omni/core";

/** True for what can be shown and recorded as a result. Tools and hooks are made by others, whose compiler may not have looked. */
export function isToolResult(value: unknown): value is ToolResult {
  return isObject(value) && Array.isArray(value["content"]) && value["content"].every(isBlock) && (value["foreignSource"] === undefined || typeof value["foreignSource"] === "string");
}

/** True for a block of a known type that has what it is shown by, and for one of a type that is passed on as it is. */
function isBlock(value: unknown): boolean {
  if (!isObject(value) || typeof value["type"] !== "string") return false;
  if (value["type"] === "text") return typeof value["text"] === "string";
  if (value["type"] === "image" || value["type"] === "audio") return typeof value["data"] === "string" && typeof value["mimeType"] === "string";
  if (value["type"] !== "resource") return true;
  const { resource } = value;
  return isObject(resource) && typeof resource["uri"] === "string" && ["text", "blob", "mimeType"].every((key) => resource[key] === undefined || typeof resource[key] === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
