import type { GatewayResponse, Transport } from "./transport.ts";
import { toConnectionError } from "./gateway-error.ts";

/** The way over TCP: the platform's own fetch, with the token on every request. Redirects are refused: a token goes nowhere else. */
export function createFetchTransport(url: string, token: string | undefined): Transport {
  const base = new URL(url.endsWith("/") ? url : `${url}/`);
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
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
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body: readBody(response, base.origin, signal) };
    },
    close: () => undefined,
  };
}

async function* readBody(response: Response, place: string, signal: AbortSignal | undefined): GatewayResponse["body"] & AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  try {
    yield* response.body;
  } catch (error) {
    throw toConnectionError(error, place, signal);
  }
}
