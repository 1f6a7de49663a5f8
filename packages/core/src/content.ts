import type { JsonObject } from "./json.ts";

/** Plain text for the model or the person. */
export interface TextContent {
  readonly type: "text";
  readonly text: string;
}

/** A picture, base64 encoded. */
export interface ImageContent {
  readonly type: "image";
  readonly data: string;
  readonly mimeType: string;
}

/** Sound, base64 encoded. */
export interface AudioContent {
  readonly type: "audio";
  readonly data: string;
  readonly mimeType: string;
}

/** A document carried whole, as MCP's embedded resource. */
export interface ResourceContent {
  readonly type: "resource";
  readonly resource: { readonly uri: string; readonly mimeType?: string; readonly text?: string; readonly blob?: string };
}

/** A pointer to a document that can be read on request. */
export interface ResourceLinkContent {
  readonly type: "resource_link";
  readonly uri: string;
  readonly name: string;
  readonly mimeType?: string;
  readonly description?: string;
}

/** One block of content, in the shape the Model Context Protocol gives it. */
export type ContentBlock = (TextContent | ImageContent | AudioContent | ResourceContent | ResourceLinkContent) & {
  readonly _meta?: JsonObject;
};
