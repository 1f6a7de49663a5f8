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

const askKinds: readonly AskView["kind"][] = ["approval", "question"];

/** What a person answers: a decision to an approval, words to a question. */
export type AskReply = { readonly decision: "allow" | "deny" | "always" } | { readonly answer: string };

/** An ask as the gateway sends it; undefined for one of a kind that is not known here, which a newer gateway may send. Throws `egress.failed` where it is none. */
export function toAskView(wire: WireObject): AskView | undefined {
  const kind = askKinds.find((known) => known === wire.text("kind"));
  if (kind === undefined) return undefined;
  const question = wire.optionalText("question");
  const choices = wire.texts("choices");
  return {
    askId: wire.text("ask_id"),
    kind,
    tool: wire.text("tool"),
    arguments: wire.object("arguments").raw,
    reason: wire.text("reason"),
    ...(question === undefined ? {} : { question }),
    ...(choices === undefined ? {} : { choices }),
    expiresAt: Date.parse(wire.text("expires_at")),
  };
}

/** Open asks as the gateway sends them, without those of a kind that is not known here. Throws `egress.failed` where one is none. */
export function toOpenAsks(wires: readonly WireObject[]): readonly OpenAsk[] {
  return wires.flatMap((wire) => {
    const ask = toAskView(wire);
    return ask === undefined ? [] : [{ ask, turnId: wire.text("turn_id"), sessionId: wire.text("session_id") }];
  });
}
