import type { Server } from "node:http";
import { createServer } from "node:http";
import { onTestFinished } from "vitest";

/** A server of a test's own, for what no gateway says. */
export async function serve(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return listenOn(createServer((_request, response) => response.writeHead(status, headers).end(body)));
}

/** Where the server listens. */
export async function listenOn(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}
