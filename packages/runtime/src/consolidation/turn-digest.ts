import type { ContentBlock, DurableEvent, ToolCallStatus, TurnRecord } from "@omni/core";
import { unframe } from "@omni/agent";

/** What is kept in mind of an ended turn: what was said, and what was done. */
export interface TurnDigest {
  readonly turnId: string;
  /** When it was accepted, Unix milliseconds. */
  readonly at: number;
  /** Who spoke: `Principal.id`. */
  readonly principalId: string;
  readonly user: string;
  readonly output: string;
  readonly calls: readonly { readonly name: string; readonly status: ToolCallStatus; readonly text: string }[];
  /** False where a guest spoke, or where the turn read what strangers wrote. */
  readonly isTrusted: boolean;
}

/** A turn as it was recorded, in its own words. */
export function toTurnDigest({ input, outcome }: TurnRecord, events: readonly DurableEvent[]): TurnDigest {
  const results = events.filter((event) => event.type === "tool-result");
  const isForeign = results.some((result) => result.content.some((block) => block.type === "text" && unframe(block.text) !== block.text));
  return {
    turnId: input.turnId,
    at: input.at,
    principalId: input.principal.id,
    user: input.text,
    output: outcome?.output ?? "",
    calls: results.map(({ name, status, content }) => ({ name, status, text: toText(content) })),
    isTrusted: input.principal.scopes.includes("approve") && !isForeign,
  };
}

function toText(content: readonly ContentBlock[]): string {
  return content.flatMap((block) => (block.type === "text" ? [unframe(block.text)] : [])).join("\n");
}
