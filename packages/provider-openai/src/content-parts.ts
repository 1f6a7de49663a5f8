import type { ContentBlock } from "@omni/core";
import type { ChatCompletionContentPart } from "openai/resources/chat/completions";

/** Formats of sound that `input_audio` takes, by MIME type. */
const audioFormats: Readonly<Record<string, "wav" | "mp3">> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/vnd.wave": "wav",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
};

/** A block as a part of a user message. What the wire has no part for becomes words that say so. */
export function toPart(block: ContentBlock): ChatCompletionContentPart {
  switch (block.type) {
    case "text":
      return toTextPart(block.text);
    case "image":
      return toImagePart(block.mimeType, block.data);
    case "audio":
      return toAudioPart(block.mimeType, block.data) ?? toTextPart(`[Sound of type ${block.mimeType}, which this endpoint does not take; send wav or mp3.]`);
    case "resource":
      return toResourcePart(block.resource);
    case "resource_link":
      return toTextPart(`[Document ${block.name}: ${block.uri}${block.description === undefined ? "" : `, ${block.description}`}]`);
  }
}

function toResourcePart(resource: Extract<ContentBlock, { type: "resource" }>["resource"]): ChatCompletionContentPart {
  const { uri, mimeType = "application/octet-stream", text, blob } = resource;
  if (text !== undefined) return toTextPart(`[Document ${uri}]\n${text}`);
  if (blob !== undefined && mimeType.startsWith("image/")) return toImagePart(mimeType, blob);
  const sound = blob === undefined ? undefined : toAudioPart(mimeType, blob);
  return sound ?? toTextPart(`[Document ${uri} of type ${mimeType}, which is not text and is not shown.]`);
}

function toTextPart(text: string): ChatCompletionContentPart {
  return { type: "text", text };
}

function toImagePart(mimeType: string, data: string): ChatCompletionContentPart {
  return { type: "image_url", image_url: { url: `data:${mimeType};base64,${data}` } };
}

function toAudioPart(mimeType: string, data: string): ChatCompletionContentPart | undefined {
  const format = audioFormats[mimeType.toLowerCase().split(";")[0]?.trim() ?? ""];
  return format === undefined ? undefined : { type: "input_audio", input_audio: { data, format } };
}

/** The text of parts that are all text, joined by line breaks; undefined where one is not. */
export function toPlainText(parts: readonly ChatCompletionContentPart[]): string | undefined {
  const texts = parts.map((part) => (part.type === "text" ? part.text : undefined));
  return texts.every((text) => text !== undefined) ? texts.join("\n") : undefined;
}
