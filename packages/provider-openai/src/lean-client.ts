import type { ClientOptions, OpenAI } from "openai";

type Built = ReturnType<OpenAI["buildRequest"]>;

/**
 * A client that sends the body and nothing else of its own. The package makes
 * a dozen headers for each request, which the guarded fetch replaces; making
 * them is a fifth of what asking a model costs here.
 */
export function createLeanClient(Client: typeof OpenAI, options: ClientOptions): OpenAI {
  class LeanClient extends Client {
    override async buildRequest({ method, path, query, body, signal, fetchOptions }: Parameters<OpenAI["buildRequest"]>[0]): Built {
      const url = this.buildURL(path, query as Record<string, unknown> | undefined);
      const req = { ...fetchOptions, method, headers: new Headers(), ...(signal ? { signal } : {}), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      return { req, url, timeout: this.timeout };
    }
  }
  return new LeanClient(options);
}
