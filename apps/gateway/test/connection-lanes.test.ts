import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConnectionLanes } from "../src/connection-lanes.ts";
import type { RawConnection } from "./support/raw-connection.ts";
import { createConnectionLanes } from "../src/connection-lanes.ts";
import { openRaw } from "./support/raw-connection.ts";

const line = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

interface OpenLanes {
  readonly lanes: ConnectionLanes;
  /** Requests that the server has read. */
  readonly read: () => number;
  raw(): RawConnection;
}

/** A server whose requests go through lanes. */
async function openLanes(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<OpenLanes> {
  let read = 0;
  const lanes = createConnectionLanes(answer);
  const server: Server = createServer((incoming, outgoing) => {
    read += 1;
    if (incoming.url === "/odd") lanes.refuse(incoming, outgoing, () => void outgoing.writeHead(400, { connection: "close" }).end("refused"));
    else lanes.take(incoming, outgoing);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const raw = (): RawConnection => {
    const connection = openRaw({ host: "127.0.0.1", port });
    onTestFinished(() => void connection.socket.destroy());
    return connection;
  };
  return { lanes, read: () => read, raw };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the requests of one connection", () => {
  it("are worked on eight at a time, and those of another beside them", async () => {
    const waiting: ServerResponse[] = [];
    const { raw } = await openLanes((_incoming, outgoing) => void waiting.push(outgoing));
    const [one, two] = [raw(), raw()];
    one.send(line.repeat(20));
    while (waiting.length < 8) await turn();
    two.send(line);
    while (waiting.length < 9) await turn();
    waiting[8]?.end("two");
    await two.until("two");
    for (let count = 0; count < 20; count += 1) {
      while (waiting.length <= count) await turn();
      expect(waiting.length - count).toBeLessThanOrEqual(9);
      waiting[count]?.end("one");
    }
    await one.until("one");
  });

  it("are read no further than those that came at once, however many are sent", async () => {
    let answered = 0;
    let most = 0;
    const { read, raw } = await openLanes((_incoming, outgoing) => {
      most = Math.max(most, read() - answered);
      setImmediate(() => {
        answered += 1;
        outgoing.end("ok");
      });
    });
    const { socket } = raw();
    while (answered < 300) {
      if (socket.write(line.repeat(2_000))) await turn();
      else await new Promise((resolve) => socket.once("drain", resolve));
    }
    // 64 KiB of the shortest requests are 2,340.
    expect(most).toBeLessThan(5_000);
  });

  it("are not begun behind one that is refused, though they came with it, and those before it are answered", async () => {
    const begun: string[] = [];
    const { read, raw } = await openLanes((incoming, outgoing) => {
      begun.push(incoming.url ?? "");
      outgoing.end("taken");
    });
    const connection = raw();
    connection.send(`${line}${line.replace("/", "/odd")}${line.replace("/", "/behind").repeat(20)}`);
    const received = await connection.ended;
    expect([begun, received.match(/HTTP\/1\.1 \d+/g), read()]).toEqual([["/"], ["HTTP/1.1 200", "HTTP/1.1 400"], 22]);
  });

  it("leave nothing behind when it breaks, once those that had begun find nobody to answer", async () => {
    const begun: ServerResponse[] = [];
    const { lanes, read, raw } = await openLanes((_incoming, outgoing) => void begun.push(outgoing));
    const connection = raw();
    connection.send(line.repeat(50));
    while (read() < 50) await turn();
    connection.socket.resetAndDestroy();
    let isIdle = false;
    const idle = lanes.idle(60_000).then(() => (isIdle = true));
    while (!isIdle) {
      begun.shift()?.end("to nobody");
      await turn();
    }
    await idle;
    expect(lanes.has(connection.socket)).toBe(false);
  });
});
