import type { ModelRequest, OmniErrorCode } from "@omni/core";
import { OmniError } from "@omni/core";
import type { PlacedReply, ProviderFault, ProviderPlace } from "../src/index.ts";
import type { ScriptedProvider, ScriptedProviderOptions, ScriptedReply } from "../src/fakes/index.ts";
import { createScriptedProvider } from "../src/fakes/index.ts";

const retryable: readonly ProviderFault[] = ["unreachable", "rate-limited", "unavailable", "cut"];

/** A place whose endpoint is a script in this process: no connection, so a request counts as broken off at once. */
export function createScriptedPlace(options: ScriptedProviderOptions = { maxRetries: 2 }): ProviderPlace & { readonly provider: ScriptedProvider } {
  const provider = createScriptedProvider([], options);
  const toRequest = (request: ModelRequest): ReturnType<ProviderPlace["requests"]>[number] => ({
    model: request.model ?? "scripted",
    body: JSON.parse(JSON.stringify(request)),
    closed: Promise.resolve("broken"),
  });
  return {
    provider,
    create: async () => provider,
    script: (replies) => provider.script(replies.map(toScripted)),
    requests: () => provider.requests.map(toRequest),
    dispose: async () => undefined,
  };
}

function toScripted(reply: PlacedReply): ScriptedReply {
  const { fault, ...rest } = reply;
  if (fault === undefined) return rest;
  const code: OmniErrorCode = `provider.${fault}`;
  return { ...rest, error: new OmniError(code, `The script says: ${fault}.`, { retryable: retryable.includes(fault) }) };
}
