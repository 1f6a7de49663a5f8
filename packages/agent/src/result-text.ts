import type { ContentBlock, OmniErrorCode, ToolResult } from "@omni/core";

/** A failure as the model reads it. */
export function toFailure(code: OmniErrorCode, message: string): readonly ContentBlock[] {
  return [{ type: "text", text: `Error (${code}): ${message}` }];
}

/** A result from outside, framed so that what it says is data and not an instruction. */
export function frameUntrusted(content: readonly ContentBlock[], source: string): readonly ContentBlock[] {
  return content.map((block) => {
    if (block.type !== "text") return block;
    const body = block.text.replaceAll(/<\/(?=untrusted)/gi, "<\\/");
    return { ...block, text: `<untrusted source="${source}">\n${body}\n</untrusted>` };
  });
}

/** A framed text as the tool gave it, for people and programs; only a model has to be told what is data. */
export function unframe(text: string): string {
  const match = /^<untrusted source="[^"]*">\n([\s\S]*)\n<\/untrusted>$/.exec(text);
  return match?.[1] === undefined ? text : match[1].replaceAll(/<\\\/(?=untrusted)/gi, "</");
}

/** Text with every lone surrogate replaced and NUL made visible, so that it survives any wire and any store. */
export function toSafeText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\u2400");
}

/**
 * The content of a result, safe to record; structured content stands in where
 * there is nothing else. A document becomes what a model is shown of it: then
 * it is framed, cut and paged as every text is, and what nobody is shown takes
 * no room.
 */
export function toSafeContent(result: ToolResult): readonly ContentBlock[] {
  const content = result.content.map(toShown).map((block) => (block.type === "text" ? { ...block, text: toSafeText(block.text) } : block));
  if (content.length > 0 || result.structuredContent === undefined) return content;
  return [{ type: "text", text: toSafeText(JSON.stringify(result.structuredContent)) }];
}

function toShown(block: ContentBlock): ContentBlock {
  if (block.type === "resource_link") return { type: "text", text: `[Document ${block.name}: ${block.uri}${block.description === undefined ? "" : `, ${block.description}`}]` };
  if (block.type !== "resource") return block;
  const { uri, text, blob, mimeType = "application/octet-stream" } = block.resource;
  if (text !== undefined) return { type: "text", text: `[Document ${uri}]\n${text}` };
  if (blob !== undefined && mimeType.startsWith("image/")) return { type: "image", data: blob, mimeType };
  if (blob !== undefined && mimeType.startsWith("audio/")) return { type: "audio", data: blob, mimeType };
  return { type: "text", text: `[Document ${uri} of type ${mimeType}, which is not text and is not shown.]` };
}
