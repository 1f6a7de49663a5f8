import { once } from "node:events";
import { WebSocket } from "ws";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenForOwner } from "../src/owner-socket.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket, refusalOf } from "./support/open-socket.ts";
import { statusOf } from "./support/raw-connection.ts";
import { temporaryFolder } from "./support/open-gateway.ts";

const mostEach = 8;
const sockets = { all: 20, each: mostEach };

const many = <T>(count: number, open: () => Promise<T>): Promise<PromiseSettledResult<T>[]> => Promise.allSettled(Array.from({ length: count }, open));

describe("the WebSockets of one token", () => {
  it("are at most as many as one token may have, also of those that come at once, and keep nobody else out", async () => {
    const listening = await openListening({ gateway: { sockets } });
    const opened = (await many(mostEach + 20, () => openSocket(listening))).flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(opened).toHaveLength(mostEach);
    const refused = await refusalOf(listening.port, { headers: { authorization: `Bearer ${listening.token}` } });
    expect([refused.status, refused.body]).toEqual([429, expect.stringContaining('"request.too-many"')]);
    const other = await openSocket(listening, { token: await listening.tokenFor("read") });
    expect((await other.until(() => true)).type).toBe("hello");
    opened[0]?.socket.close();
    await opened[0]?.closed;
    const isLetIn = async (): Promise<boolean> => openSocket(listening).then(() => true, () => false);
    while (!(await isLetIn())) await new Promise((resolve) => setImmediate(resolve));
  });

  it("keep no place for a handshake that came to nothing", async () => {
    const listening = await openListening({ gateway: { sockets } });
    const head = listening.head("HEAD /ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
    for (let count = 0; count < mostEach; count += 1) {
      const connection = listening.raw();
      connection.send(head);
      expect(statusOf(await connection.ended)).toBe(405);
    }
    await openSocket(listening);
  });

  it("are as many as there are places where they are the owner's", async () => {
    const { gateway } = await openListening({ gateway: { sockets } });
    const owner = await listenForOwner(gateway, temporaryFolder());
    onTestFinished(() => owner.close(0));
    const opened = await many(mostEach + 1, async () => {
      const socket = new WebSocket(`ws+unix:${owner.path}:/ws`);
      onTestFinished(() => socket.terminate());
      await once(socket, "open");
    });
    expect(opened.filter(({ status }) => status === "rejected")).toEqual([]);
  });
});
