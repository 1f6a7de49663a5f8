import type { ContentBlock, OmniErrorCode, ToolResult } from "@omni/core";

/** A failure as the model reads it. */
export function toFailure(code: OmniErrorCode, message: string): readonly ContentBlock[] {
  return [{ type: "text", text: `Error (${code}): ${message}` }];
}

/** A result from outside, framed so that what it says is data and not an instruction. */
export function frameUntrusted(content: readonly ContentBlock[], source: string): readonly ContentBlock[] {
  const label = toLabel(source);
  return content.map((block) => (block.type === "text" ? { ...block, text: toFramed(block.text, label) } : block));
}

/** Most characters of a source's name in a frame: of a text that is cut at least 140 are shown of its beginning, which then hold the whole opening. */
const labelCharacters = 100;

/** Characters of a name that could end its attribute, its tag or its line, or are no text on their own. */
const unsafe = /["'<>&\\\p{C}\p{Zl}\p{Zp}]/gu;

/** The name of a source as it stands in a frame. A server chooses the names of its tools. */
function toLabel(source: string): string {
  return source.replaceAll(unsafe, "_").slice(0, labelCharacters).toWellFormed();
}

/** A text as data of a source. Nothing in it closes the frame, also not in the eyes of a reader who passes over blanks. */
function toFramed(text: string, label: string): string {
  return `<untrusted source="${label}">\n${text.replaceAll(/<(\s*)\/(?=\s*untrusted)/gi, "<$1\\/")}\n</untrusted>`;
}

/** Where a framed text comes from, also one that was cut; undefined for any other. Its beginning tells it. */
export function toSource(text: string): string | undefined {
  return /^<untrusted source="([^"]*)">\n/.exec(text)?.[1];
}

/** A framed text as the tool gave it, for people and programs; only a model has to be told what is data. */
export function unframe(text: string): string {
  const match = /^<untrusted source="[^"]*">\n([\s\S]*)\n<\/untrusted>$/.exec(text);
  return match?.[1] === undefined ? text : match[1].replaceAll(/<(\s*)\\\/(?=\s*untrusted)/gi, "<$1/");
}

/** Texts of one result as one text. Those of one source stand in one frame then: wherever it is cut, what is shown of them is inside. */
export function joinTexts(texts: readonly string[]): string {
  const [source, ...others] = new Set(texts.map(toSource));
  const isOneSource = source !== undefined && others.length === 0;
  return isOneSource && texts.length > 1 ? toFramed(texts.map(unframe).join("\n"), toLabel(source)) : texts.join("\n");
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
