import { request } from "node:http";
import type { Agent } from "node:http";

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The body as an object; empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is sent. */
export interface HttpCall {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** One request over the owner's socket. Rejects where the connection breaks before the whole answer is there. */
export function callSocket({ socketPath, agent }: { readonly socketPath: string; readonly agent: Agent }, { method = "GET", path, body, headers = {}, timeoutMs = 60_000 }: HttpCall): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const sent = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const outgoing = request({ socketPath, method, path, agent, headers: { ...(sent === undefined ? {} : { "content-type": "application/json" }), ...headers }, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.on("error", reject);
    response.on("close", () => {
      if (response.complete) resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: toObject(text) });
      else reject(new Error("the answer broke off"));
    });
  });
  outgoing.on("error", reject);
  outgoing.end(sent);
  return promise;
}

function toObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
