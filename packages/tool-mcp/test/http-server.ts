import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

/** A streamable HTTP server made by hand, so that it can fail in every way. */
export interface HttpServer {
  readonly url: string;
  /** Names of the tools called, in order, also of calls that were not answered. */
  readonly calls: readonly string[];
  /** How many sessions were opened. */
  readonly sessions: () => number;
  /** Forgets every session: requests in one are answered with 404. */
  forget(): void;
  close(): Promise<void>;
}

/** Answers one tool call, in whatever way. */
export type Answer = (response: ServerResponse, id: unknown) => void;

/** Starts a server whose tools are the names of `answers`. */
export async function createHttpServer(answers: Readonly<Record<string, Answer>>): Promise<HttpServer> {
  const calls: string[] = [];
  const known = new Set<string>();
  let count = 0;
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === "GET") return void response.writeHead(405).end();
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.method === "DELETE") return void response.writeHead(200).end();
    const { id, method, params } = JSON.parse(body) as { id?: unknown; method: string; params?: { name?: string; protocolVersion?: string } };
    const session = String(request.headers["mcp-session-id"] ?? "");
    if (method !== "initialize" && !known.has(session)) return void response.writeHead(404).end("no such session");
    if (id === undefined) return void response.writeHead(202).end();
    if (method === "initialize") {
      const opened = `session-${(count += 1)}`;
      known.add(opened);
      response.setHeader("mcp-session-id", opened);
      return answer(response, id, { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "by hand", version: "1" } });
    }
    if (method === "tools/list") return answer(response, id, { tools: Object.keys(answers).map((name) => ({ name, description: name, inputSchema: { type: "object" } })) });
    if (method !== "tools/call") return answer(response, id, {});
    calls.push(params?.name ?? "");
    answers[params?.name ?? ""]?.(response, id);
  };
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}/mcp`,
    calls,
    sessions: () => count,
    forget: () => known.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a result as plain JSON. */
export function answer(response: ServerResponse, id: unknown, result: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
}
