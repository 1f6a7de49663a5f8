import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../apps/gateway/test/support/open-gateway.ts";
import type { Client, PlacedEvent } from "../src/index.ts";
import { createClient } from "../src/index.ts";

/** A server on a socket that answers when the test says so, and by itself closes no connection. */
interface HeldServer {
  readonly client: Client;
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
  /** What waits for an answer, by its path. */
  waiting(path: string): Promise<ServerResponse>;
}

async function openHeldServer(): Promise<HeldServer> {
  const open = new Set<Socket>();
  const held = new Map<string, PromiseWithResolvers<ServerResponse>>();
  const at = (path: string): PromiseWithResolvers<ServerResponse> => {
    const known = held.get(path) ?? Promise.withResolvers();
    held.set(path, known);
    return known;
  };
  const socketPath = join(temporaryFolder("omni-client-"), "omni.sock");
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => (request.url === "/healthz" ? response.end("{}") : at(request.url ?? "").resolve(response)));
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(socketPath);
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { client: createClient({ socketPath }), open, waiting: (path) => at(path).promise };
}

const ended = { status: "completed", session_id: "cli:1", turn_id: "t1", output: "done", rounds: 1, tool_calls: [], usage: { input_tokens: 1, output_tokens: 1 }, error: null };

describe("a client over the socket that is closed", () => {
  it("reads on what is still told, and keeps no connection", async () => {
    const { client, open, waiting } = await openHeldServer();
    const following = client.follow("t1");
    const stream = await waiting("/turns/t1");
    stream.writeHead(200, { "content-type": "text/event-stream" }).write(": turn t1\n\n");
    const events = await following;
    const asking = client.asks();
    const asked = await waiting("/asks");
    expect(await client.isAlive()).toBe(true);
    expect(open.size).toBe(3);
    client.close();
    await expect.poll(() => open.size).toBe(2);
    asked.end('{"asks":[]}');
    expect(await asking).toEqual([]);
    stream.end(`event: text-delta\nid: 1.1\ndata: {"text":"x"}\n\nevent: turn-end\nid: 1.2\ndata: ${JSON.stringify(ended)}\n\n`);
    const found: PlacedEvent[] = [];
    for await (const each of events ?? []) found.push(each);
    expect(found.map(({ event }) => event.type)).toEqual(["text-delta", "turn-end"]);
    await expect.poll(() => open.size).toBe(0);
  });

  it("can be asked again, over a connection that is not kept", async () => {
    const { client, open } = await openHeldServer();
    client.close();
    expect([await client.isAlive(), await client.isAlive()]).toEqual([true, true]);
    await expect.poll(() => open.size).toBe(0);
  });
});
