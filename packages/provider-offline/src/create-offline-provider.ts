import type { Host, ModelEvent, ModelInfo, ModelRequest, Provider, Usage } from "@omni/core";
import { OmniError } from "@omni/core";
import type { OfflineProviderOptions } from "./offline-provider-options.ts";
import { chooseCall } from "./choose-call.ts";
import { toNoModelMessage } from "./no-model-message.ts";
import { toPersonText } from "./person-text.ts";
import { renderResult } from "./render-result.ts";

/** There is no model, so there is no context to overflow; the budget of the loop need never cut. */
const info: ModelInfo = { id: "offline", contextTokens: 1_000_000 };

/** Nothing was sent to anybody. */
const usage: Usage = { inputTokens: 0, outputTokens: 0, reported: true };

/**
 * A provider without a model. It calls at most one read-only tool a turn, the
 * one that the words of the newest message plainly ask for, and tells its
 * result as it is; for anything else it throws `no-model` with what works and
 * what to do. It never invents words.
 */
export function createOfflineProvider(_options: OfflineProviderOptions, _host: Host): Provider {
  return {
    stream: (request, signal) => answer(request, signal),
    models: async (signal) => {
      throwIfCancelled(signal);
      return [];
    },
    defaultModel: async (signal) => {
      throwIfCancelled(signal);
      return info;
    },
    close: async () => undefined,
  };
}

async function* answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
  throwIfCancelled(signal);
  const last = request.messages.at(-1);
  if (last?.role === "tool") {
    yield { type: "text-delta", text: renderResult(last) };
    throwIfCancelled(signal);
    yield { type: "finish", reason: "stop", usage, model: info.id };
    return;
  }
  const choice = last?.role === "user" ? chooseCall(toPersonText(last), request.tools) : {};
  if (choice.call === undefined) throw new OmniError("no-model", toNoModelMessage(request.tools, choice.suggestion));
  yield { type: "tool-call", call: { id: "offline-1", name: choice.call.name, arguments: JSON.stringify(choice.call.arguments) } };
  throwIfCancelled(signal);
  yield { type: "finish", reason: "tool-calls", usage, model: info.id };
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new OmniError("turn.cancelled", "The request was cancelled.", { cause: signal.reason });
}
