import type { ContentBlock, ToolMessage } from "@omni/core";

/** The result of a call in words for a person: as it is, without the frame that marks foreign text for a model. */
export function renderResult(message: ToolMessage): string {
  const text = message.content.map(renderBlock).join("\n").trimEnd();
  if (message.isError) return renderFailure(message.name, text);
  return text.trim() === "" ? `${message.name} gave nothing.` : text;
}

function renderFailure(name: string, text: string): string {
  const coded = /^Error \(([\w.-]+)\): ([\s\S]*)$/.exec(text);
  const words = coded === null ? text : `${coded[2] ?? ""} (${coded[1] ?? ""})`;
  return `${name} could not do that: ${words.trim() === "" ? "it gave no reason." : words}`;
}

function renderBlock(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return withoutFrame(block.text);
    case "image":
    case "audio":
      return `[${block.type}: ${block.mimeType}]`;
    case "resource":
      return block.resource.text ?? `[document: ${block.resource.uri}]`;
    case "resource_link":
      return `${block.name}: ${block.uri}`;
    default:
      return "";
  }
}

function withoutFrame(text: string): string {
  const framed = /^<untrusted source="[^"\n]*">\n([\s\S]*)\n<\/untrusted>$/.exec(text);
  return framed === null ? text : (framed[1] ?? "").replaceAll("<\\/untrusted", "</untrusted");
}
