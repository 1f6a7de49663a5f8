import type { AgentEvent, FinishReason, ModelReplyEvent, ModelRequest, ToolCall, Usage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { AgentParts } from "./parts.ts";
import { untilStopped } from "./until-stopped.ts";

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
  for await (const event of stoppable(parts.provider.stream(request, live.signal), live.signal, parts.clock)) {
    switch (event.type) {
      case "text-delta":
        text += event.text;
        await live.emit({ type: "text-delta", text: event.text });
        break;
      case "reasoning-delta":
        reasoning += event.text;
        await live.emit({ type: "reasoning-delta", text: event.text });
        break;
      case "tool-call":
        calls.push(event.call);
        break;
      case "finish":
        end = event;
        break;
    }
  }
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

/** The same events; ends with the signal's reason where the provider does not heed it. */
async function* stoppable<T>(stream: AsyncIterable<T>, signal: AbortSignal, clock: AgentParts["clock"]): AsyncGenerator<T, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await untilStopped(iterator.next(), signal, clock);
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not waited for: a generator that hangs does not come to its end either.
    if (!isOver) void iterator.return?.().catch(() => undefined);
  }
}
