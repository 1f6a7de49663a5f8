import type { ContentBlock } from "@omni/core";
import { toMediaTokens } from "./token-cost.ts";

/** Most characters of a picture in base64. Of common endpoints some refuse a request with a larger one, and so every later one that shows it again. */
const mostPictureCharacters = 5_000_000;

/** Types of pictures that every endpoint takes which takes pictures. */
const commonTypes: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Why a picture or a sound is not shown. */
const reasons = {
  type: "for they are of another type than PNG, JPEG, GIF and WebP",
  size: `for they are larger than ${(mostPictureCharacters * 0.75) / 1_000_000} MB`,
  room: "for want of room: ask for fewer at a time",
} as const;

type Reason = keyof typeof reasons;

/** The content of a result with as many pictures and sounds as may be shown. */
export interface FittedMedia {
  readonly content: readonly ContentBlock[];
  /** What is told of those that are left out, in a few lines however many they are; empty where all are there. */
  readonly notes: readonly ContentBlock[];
  /** Tokens of those that are there. */
  readonly tokens: number;
}

/** Leaves out of a result the pictures that no request may hold, and those pictures and sounds that do not fit into `maxTokens`, the first of them first. */
export function fitMedia(content: readonly ContentBlock[], maxTokens: number): FittedMedia {
  const kept: ContentBlock[] = [];
  const leftOut: Record<Reason, number> = { type: 0, size: 0, room: 0 };
  let tokens = 0;
  for (const block of content.map(withCommonType)) {
    const reason = toReason(block, maxTokens - tokens);
    if (reason !== undefined) {
      leftOut[reason] += 1;
      continue;
    }
    tokens += toMediaTokens(block);
    kept.push(block);
  }
  return { content: kept, notes: toNotes(leftOut), tokens };
}

function toReason(block: ContentBlock, room: number): Reason | undefined {
  if (block.type === "image" && !commonTypes.has(block.mimeType)) return "type";
  if (block.type === "image" && block.data.length > mostPictureCharacters) return "size";
  return toMediaTokens(block) > room ? "room" : undefined;
}

/** The block with its type as endpoints spell it. */
function withCommonType(block: ContentBlock): ContentBlock {
  if (block.type !== "image") return block;
  const mimeType = (block.mimeType.split(";")[0] ?? "").trim().toLowerCase();
  return { ...block, mimeType: mimeType === "image/jpg" ? "image/jpeg" : mimeType };
}

function toNotes(leftOut: Readonly<Record<Reason, number>>): readonly ContentBlock[] {
  const lines = (["type", "size", "room"] as const).flatMap((reason) => (leftOut[reason] === 0 ? [] : [`[Pictures or sounds that are not shown: ${leftOut[reason]}, ${reasons[reason]}.]`]));
  return lines.length === 0 ? [] : [{ type: "text", text: lines.join("\n") }];
}
