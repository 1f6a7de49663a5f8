import type { Host, ModelEvent, ModelInfo, ModelRequest, OmniModule, Provider } from "@omni/core";
import { isOmniError, OmniError } from "@omni/core";

/** Where the endpoint is: it takes `{ prompt }` and answers `{ text }`. */
interface LetterProviderOptions {
  readonly url: string;
}

const model: ModelInfo = { id: "letter", contextTokens: 8_000 };

/** Makes a provider of an endpoint that answers one letter with one letter. */
export function createLetterProvider({ url }: LetterProviderOptions, host: Host): Provider {
  return {
    async *stream(request, signal): AsyncGenerator<ModelEvent, void, undefined> {
      const text = await ask(url, request, { host, signal });
      yield { type: "text-delta", text };
      yield { type: "finish", reason: "stop", usage: { inputTokens: 0, outputTokens: 0, reported: false } };
    },
    models: async () => [model],
    defaultModel: async () => model,
    close: async () => undefined,
  };
}

async function ask(url: string, request: ModelRequest, { host, signal }: { readonly host: Host; readonly signal: AbortSignal }): Promise<string> {
  try {
    signal.throwIfAborted();
    const response = await host.egress.fetch(url, { method: "POST", body: JSON.stringify({ prompt: toPrompt(request) }), signal }, { configured: true });
    if (!response.ok) throw toRefusal(url, response.status);
    const answer: unknown = await response.json();
    if (typeof answer === "object" && answer !== null && "text" in answer && typeof answer.text === "string") return answer.text;
    throw new OmniError("provider.bad-response", `${url} answered without a text. Check that it is the right address.`);
  } catch (error) {
    if (signal.aborted) throw new OmniError("turn.cancelled", "The model call was cancelled.", { cause: error });
    if (isOmniError(error) && error.code.startsWith("provider.")) throw error;
    throw new OmniError("provider.unreachable", `${url} cannot be reached. Check the address, or try again later.`, { cause: error, retryable: true });
  }
}

function toPrompt({ system, messages }: ModelRequest): string {
  const lines = messages.flatMap((message) => (message.role === "assistant" ? [message.text] : message.content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`))));
  return [system, ...lines].join("\n\n");
}

/** Whether asking again may help is decided here, where the status is known. */
function toRefusal(url: string, status: number): OmniError {
  if (status === 401 || status === 403) return new OmniError("provider.unauthorised", `${url} refuses the key (${status}).`);
  if (status === 429) return new OmniError("provider.rate-limited", `${url} asks to slow down.`, { retryable: true });
  if (status >= 500) return new OmniError("provider.unavailable", `${url} fails on its side (${status}).`, { retryable: true });
  return new OmniError("provider.refused", `${url} refuses the request (${status}).`);
}

/** What the runtime looks for in a module that fills a slot. */
export const omni: OmniModule<"provider", LetterProviderOptions> = {
  slot: "provider",
  name: "letter",
  contract: 1,
  options: {
    jsonSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"], additionalProperties: false },
    parse(value) {
      if (typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && URL.canParse(value.url)) return { url: value.url };
      throw new OmniError("config.invalid", "provider.with.url is no address; write it as https://….");
    },
  },
  create: createLetterProvider,
};
