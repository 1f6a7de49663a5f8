import type { JsonObject } from "@omni/core";
import type { ChatBody } from "@omni/testkit/fakes";

/** A request of these messages, as the fake model server reads it. */
export function toChatBody(messages: readonly JsonObject[]): ChatBody {
  return { model: "fake-model", stream: true, includeUsage: true, toolNames: [], userTexts: [], raw: { messages, tools: [] } };
}
