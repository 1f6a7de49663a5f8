import type { GatewayResponse, Transport } from "./transport.ts";
import { toBaseUrl } from "./base-url.ts";
import { toConnectionError } from "./gateway-error.ts";
import { toToken } from "./to-token.ts";

/** The way where there is no Node: the platform's own fetch, with the token on every request. Redirects are refused: a token goes nowhere else. */
export function createFetchTransport(url: string, token: string | undefined): Transport {
  const base = toBaseUrl(url, ["http:", "https:"]);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${toToken(token)}` };
  return {
    async send({ method, path, headers, body, signal }) {
      let response: Response;
      try {
        response = await fetch(new URL(path.slice(1), base), {
          method,
          headers: { ...headers, ...authorization },
          redirect: "error",
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        throw toConnectionError(error, base.origin, signal);
      }
      const { status } = response;
      const reader = response.body?.getReader();
      return { status, header: (name) => response.headers.get(name) ?? undefined, body: readBody(reader, base.origin, signal), close: () => void leave(reader) };
    },
    close: () => undefined,
  };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* readBody(reader: Reader | undefined, place: string, signal: AbortSignal | undefined): GatewayResponse["body"] & AsyncGenerator<Uint8Array, void, undefined> {
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    throw toConnectionError(error, place, signal);
  } finally {
    await leave(reader);
  }
}

/** Closes the connection, where it is not closed already: whoever waits for more gets the end. */
async function leave(reader: Reader | undefined): Promise<void> {
  await reader?.cancel().catch(() => undefined);
}
