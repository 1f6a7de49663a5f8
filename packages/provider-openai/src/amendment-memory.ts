import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { Amendment } from "./amendments.ts";

/** Most models whose amendments are remembered. */
const mostModels = 256;

/** Which changes the models of an endpoint need, so that not every request has to be refused first. */
export interface AmendmentMemory {
  /** The request as its model is known to take it. */
  amend(body: ChatCompletionCreateParamsStreaming): ChatCompletionCreateParamsStreaming;
  /** Says that the model took a request that was changed in these ways; those that are lasting are remembered. */
  remember(model: string, amendments: readonly Amendment[]): void;
}

/** Makes a memory that knows nothing yet. The model that learnt longest ago is forgotten where there are too many. */
export function createAmendmentMemory(): AmendmentMemory {
  const known = new Map<string, readonly Amendment[]>();
  return {
    amend: (body) => (known.get(body.model) ?? []).reduce((amended, each) => each.apply(amended) ?? amended, body),
    remember(model, amendments) {
      const lasting = amendments.filter((each) => each.isLasting);
      if (lasting.length === 0) return;
      const all = new Set([...(known.get(model) ?? []), ...lasting]);
      known.delete(model);
      known.set(model, [...all]);
      const oldest = known.size > mostModels ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
