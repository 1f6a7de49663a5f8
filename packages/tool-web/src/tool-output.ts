import type { JsonObject, ToolResult } from "@omni/core";

/** A result of text, with the same facts as data where there are some. */
export function toTextResult(text: string, structuredContent?: JsonObject): ToolResult {
  return { content: [{ type: "text", text }], ...(structuredContent === undefined ? {} : { structuredContent }) };
}

/** A failure the model reads: what happened and what to do about it. */
export function toFailedResult(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

/** `812 B`, `1.5 KB`, `300 MB`: powers of 1,000, one digit after the point below ten. */
export function toSize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value.toFixed(unit > 0 && value < 9.95 ? 1 : 0)} ${units[unit]}`;
}
