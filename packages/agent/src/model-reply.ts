import type { AgentEvent, FinishReason, ModelReplyEvent, ModelRequest, ToolCall, Usage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import { stoppable } from "./until-stopped.ts";

/** Who is told of deltas as they come. */
export type Emit = (event: AgentEvent) => Promise<void>;

/** Asks the model once and collects its whole reply; deltas are emitted as they come. */
export async function readModelReply(
  request: ModelRequest,
  round: number,
  parts: Pick<AgentParts, "provider" | "clock">,
  live: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<ModelReplyEvent> {
  let text = "";
  let reasoning = "";
  const calls: ToolCall[] = [];
  let end: { reason: FinishReason; usage: Usage; model?: string } | undefined;
  const teller = createTeller(live.emit);
  for await (const event of stoppable(parts.provider.stream(request, live.signal), live.signal, parts.clock)) {
    switch (event.type) {
      case "text-delta":
        text += event.text;
        teller.tell("text-delta", event.text);
        break;
      case "reasoning-delta":
        reasoning += event.text;
        teller.tell("reasoning-delta", event.text);
        break;
      case "tool-call":
        calls.push(event.call);
        break;
      case "finish":
        end = event;
        break;
    }
  }
  await teller.told();
  live.signal.throwIfAborted();
  if (end === undefined) throw new OmniError("provider.cut", "The model's reply ended without a finish; ask again.", { retryable: true });
  return {
    type: "model-reply",
    round,
    text,
    reasoning,
    calls,
    finish: end.reason,
    usage: end.usage,
    ...(end.model === undefined ? {} : { model: end.model }),
    at: parts.clock.now(),
  };
}

/** Tells of deltas as fast as they are taken, and never makes the stream wait for that. */
interface Teller {
  tell(type: "text-delta" | "reasoning-delta", text: string): void;
  /** Resolves when all was taken; rejects when nobody takes it any more. */
  told(): Promise<void>;
}

/** What comes while an earlier delta is being taken is told together, in order: a reply of ten thousand words is not ten thousand hand-overs. */
function createTeller(emit: Emit): Teller {
  let waiting: { readonly type: "text-delta" | "reasoning-delta"; text: string }[] = [];
  let telling: Promise<void> | undefined;
  const tellAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const deltas = waiting;
      waiting = [];
      for (const delta of deltas) await emit(delta);
    }
    telling = undefined;
  };
  return {
    tell(type, text) {
      const last = waiting.at(-1);
      if (last?.type === type) last.text += text;
      else waiting.push({ type, text });
      if (telling !== undefined) return;
      telling = tellAll();
      // Whoever awaits it is told; until then it is no rejection that nobody handles.
      telling.catch(() => undefined);
    },
    async told() {
      await telling;
    },
  };
}
