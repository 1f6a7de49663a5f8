import type { AskEvent } from "@omni/core";
import type { WireObject } from "./wire-object.ts";

/** What a person is asked. */
export type AskView = Pick<AskEvent, "askId" | "kind" | "tool" | "arguments" | "reason" | "question" | "choices" | "expiresAt">;

/** An ask that waits, with the turn it belongs to. */
export interface OpenAsk {
  readonly ask: AskView;
  readonly turnId: string;
  readonly sessionId: string;
}

/** What a person answers: a decision to an approval, words to a question. */
export type AskReply = { readonly decision: "allow" | "deny" | "always" } | { readonly answer: string };

/** An ask as the gateway sends it. Throws `egress.failed` where it is none. */
export function toAskView(wire: WireObject): AskView {
  const question = wire.optionalText("question");
  const choices = wire.texts("choices");
  return {
    askId: wire.text("ask_id"),
    kind: wire.word("kind", ["approval", "question"]),
    tool: wire.text("tool"),
    arguments: wire.object("arguments").raw,
    reason: wire.text("reason"),
    ...(question === undefined ? {} : { question }),
    ...(choices === undefined ? {} : { choices }),
    expiresAt: Date.parse(wire.text("expires_at")),
  };
}

/** An open ask as the gateway sends it. Throws `egress.failed` where it is none. */
export function toOpenAsk(wire: WireObject): OpenAsk {
  return { ask: toAskView(wire), turnId: wire.text("turn_id"), sessionId: wire.text("session_id") };
}
