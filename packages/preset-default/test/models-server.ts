import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/** A server on this machine that may have a model. */
export interface ModelsServer {
  readonly origin: string;
  /** Method and path of every request, with its headers. */
  readonly requests: readonly { readonly line: string; readonly headers: IncomingMessage["headers"] }[];
  /** Resolves once so many requests have come. */
  requested(count: number): Promise<void>;
  /** What it answers from now on. */
  answer(how: Answer): void;
  close(): Promise<void>;
}

/** Answers one request, or never. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A list of models as endpoints give it. */
export function listing(...ids: readonly string[]): Answer {
  return (_, response) => void response.setHeader("content-type", "application/json").end(JSON.stringify({ object: "list", data: ids.map((id) => ({ id, object: "model" })) }));
}

/** Answers with this status and this text. */
export function saying(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => void response.writeHead(status, headers).end(text);
}

/** Takes the request and says nothing. */
export const hanging: Answer = () => undefined;

/** Starts one on a free port. */
export async function createModelsServer(first: Answer): Promise<ModelsServer> {
  let how = first;
  const requests: { line: string; headers: IncomingMessage["headers"] }[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    how(request, response);
    for (const watcher of watchers) watcher();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    requests,
    requested: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.length >= count) resolve();
        };
        watchers.add(look);
        look();
      }),
    answer(next) {
      how = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
