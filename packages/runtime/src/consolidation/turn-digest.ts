import type { ContentBlock, DurableEvent, ToolCallStatus, TurnRecord } from "@omni/core";
import { isForeign, unframe } from "@omni/agent";
import { toSaidBeside } from "./said-beside.ts";

/** A call of a tool, and what it gave. */
export interface DigestedCall {
  readonly name: string;
  readonly status: ToolCallStatus;
  readonly text: string;
  /** True where strangers wrote it. */
  readonly isForeign: boolean;
}

/** What is kept in mind of an ended turn: what was said, and what was done. */
export interface TurnDigest {
  readonly turnId: string;
  /** When it was accepted, Unix milliseconds. */
  readonly at: number;
  /** Who spoke: `Principal.id`. */
  readonly principalId: string;
  /** What a model was told of the message. */
  readonly user: string;
  /** All that the assistant said in it, also beside its calls; nothing of a message that joined another turn, which has the answer. */
  readonly output: string;
  readonly calls: readonly DigestedCall[];
  /** False where a guest spoke. */
  readonly isOwn: boolean;
  /** False where a guest spoke, or where what was made of it may come from strangers. */
  readonly isTrusted: boolean;
}

/** A turn as it was recorded; `user` is its message as a model was told it, which hooks may have changed. */
export function toTurnDigest({ input, outcome }: TurnRecord, events: readonly DurableEvent[], user: string): TurnDigest {
  const results = events.filter((event) => event.type === "tool-result");
  const isOwn = input.principal.scopes.includes("approve");
  return {
    turnId: input.turnId,
    at: input.at,
    principalId: input.principal.id,
    user,
    output: toOutput(events, outcome?.output ?? ""),
    calls: results.map(({ name, status, content, isForeign: isStrangers = false }) => ({ name, status, text: toText(content), isForeign: isStrangers })),
    isOwn,
    isTrusted: isOwn && !isForeign(events),
  };
}

function toOutput(events: readonly DurableEvent[], output: string): string {
  if (!events.some((event) => event.type === "prompt")) return "";
  return [...toSaidBeside(events, output), output].filter((text) => text.trim() !== "").join("\n\n");
}

function toText(content: readonly ContentBlock[]): string {
  return content.flatMap((block) => (block.type === "text" ? [unframe(block.text)] : [])).join("\n");
}
