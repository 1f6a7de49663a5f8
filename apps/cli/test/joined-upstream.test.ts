import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import type { McpMessage } from "../src/commands/mcp/mcp-message.ts";
import type { Upstream } from "../src/commands/mcp/mcp-relay.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { openJoinedUpstream } from "../src/commands/mcp/joined-upstream.ts";

const initialize: McpMessage = { jsonrpc: "2.0", id: 0, method: "initialize", params: {} };
const call: McpMessage = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } };
const cancel: McpMessage = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
const other: McpMessage = { jsonrpc: "2.0", method: "notifications/other" };

/** A gateway in the test's hand: it says when the response to a call begins. */
interface HeldGateway {
  readonly upstream: Upstream;
  /** Methods of the messages that came in. */
  readonly heard: readonly string[];
  /** Resolves when a message of this method has come in. */
  until(method: string): Promise<void>;
  /** The response to the call, which has not begun. */
  readonly response: () => ServerResponse;
  /** Resolves when the upstream says that it has gone. */
  readonly lost: Promise<void>;
  runOut(): void;
}

async function openHeld(): Promise<HeldGateway> {
  const folder = mkdtempSync(join(tmpdir(), "omni-joined-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = join(folder, "s");
  const heard: string[] = [];
  const watchers = new Set<() => void>();
  let held: ServerResponse | undefined;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = "";
    for await (const chunk of incoming.setEncoding("utf8")) text += String(chunk);
    const message = JSON.parse(text === "" ? "{}" : text) as Partial<McpMessage>;
    heard.push(message.method ?? incoming.method ?? "");
    if (message.method === "initialize") response.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s" }).end('data: {"jsonrpc":"2.0","id":0,"result":{}}\n\n');
    else if (message.method === "tools/call") held = response;
    else response.writeHead(202).end();
    for (const look of watchers) look();
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.listen(socketPath);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const terminal = createFakeTerminal();
  const lost = Promise.withResolvers<void>();
  const { upstream } = await openJoinedUpstream({ socketPath, after: terminal.after }, initialize, { told: () => undefined, lost: lost.resolve });
  onTestFinished(() => upstream.close());
  const until = (method: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => (heard.includes(method) ? resolve() : undefined);
      watchers.add(look);
      look();
    });
  const response = (): ServerResponse => {
    if (held === undefined) throw new Error("no call has come in");
    return held;
  };
  return { upstream, heard, until, response, lost: lost.promise, runOut: terminal.runOut };
}

/** A call that a gateway has got and whose response has not begun, and its cancel; then something that nothing holds back has come in. */
async function openCancelled(): Promise<HeldGateway> {
  const gateway = await openHeld();
  gateway.upstream.send(call);
  await gateway.until("tools/call");
  gateway.upstream.send(cancel);
  gateway.upstream.send(other);
  await gateway.until("notifications/other");
  return gateway;
}

describe("a cancel that goes to a gateway", () => {
  test("goes out once the response to its request has begun: nothing overtakes what it takes back", async () => {
    const gateway = await openCancelled();
    expect(gateway.heard).toEqual(["initialize", "tools/call", "notifications/other"]);
    gateway.response().writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    await gateway.until("notifications/cancelled");
  });

  test("goes out after a while where no response begins", async () => {
    const gateway = await openCancelled();
    gateway.runOut();
    await gateway.until("notifications/cancelled");
  });

  test("goes out at once where no request of its name is under way", async () => {
    const gateway = await openHeld();
    gateway.upstream.send(cancel);
    await gateway.until("notifications/cancelled");
  });

  test("is of no use any more where the request fails, and waits for nothing", async () => {
    const gateway = await openCancelled();
    gateway.response().destroy();
    await gateway.lost;
    expect(gateway.heard).toEqual(["initialize", "tools/call", "notifications/other"]);
  });
});
