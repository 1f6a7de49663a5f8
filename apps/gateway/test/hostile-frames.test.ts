import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { OpenSocket, Told } from "./support/open-socket.ts";
import type { Listening } from "./support/open-listening.ts";
import { openListening } from "./support/open-listening.ts";
import { openSocket, refusalOf } from "./support/open-socket.ts";
import { statusOf } from "./support/raw-connection.ts";

const withId = (id: string) => (frame: Told): boolean => frame["id"] === id;

/** Sends a text in pieces of one byte, the last of which is or is not the end. */
function sendInPieces({ socket }: OpenSocket, pieces: readonly string[], isWhole: boolean): void {
  pieces.forEach((piece, index) => socket.send(piece, { fin: isWhole && index === pieces.length - 1 }));
}

async function isServed({ say, until }: OpenSocket): Promise<boolean> {
  say({ type: "ping", id: "still" });
  return (await until(withId("still"))).type === "pong";
}

/** The handshake as bytes, with the frames that follow it. */
async function sendFrames(listening: Listening, frames: Buffer): Promise<string> {
  const connection = listening.raw();
  connection.send(listening.head("GET /ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="));
  connection.socket.setEncoding("latin1");
  connection.socket.write(frames);
  return connection.ended;
}

describe("messages in fragments", () => {
  it("are one message, in as many as a client that means well sends", async () => {
    const client = await openSocket(await openListening());
    sendInPieces(client, [...'{"type":"ping","id":"pieces"}'], true);
    expect((await client.until(withId("pieces"))).type).toBe("pong");
  });

  it.each([
    ["a byte each, and no end", (count: number) => Array.from({ length: count }, () => " ")],
    ["nothing each, and no end", (count: number) => Array.from({ length: count }, () => "")],
  ])("end the socket when they are too many, long before they are too long: %s", async (_what, toPieces) => {
    const listening = await openListening({ gateway: { maxBodyBytes: 1_048_576 } });
    const [flooding, other] = [await openSocket(listening), await openSocket(listening)];
    sendInPieces(flooding, toPieces(2_000), false);
    expect((await flooding.closed).code).toBe(1008);
    expect(await isServed(other)).toBe(true);
  });

  it("end the socket when all of them together are larger than a body may be", async () => {
    const client = await openSocket(await openListening());
    sendInPieces(client, Array.from({ length: 10 }, () => "x".repeat(1_000)), false);
    expect((await client.closed).code).toBe(1009);
  });

  it.each([
    ["a length of 2^62 bytes is refused before they come", [0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0], 1009],
    ["a frame without a mask", [0x81, 0x02, 0x7b, 0x7d], 1002],
    ["bits that nothing gives a meaning", [0xf1, 0x80, 0, 0, 0, 0], 1002],
    ["an opcode that is none", [0x83, 0x80, 0, 0, 0, 0], 1002],
    ["a ping of 126 bytes", [0x89, 0xfe, 0, 126, 0, 0, 0, 0], 1002],
    ["a ping in fragments", [0x09, 0x80, 0, 0, 0, 0], 1002],
    ["an end without a beginning", [0x80, 0x80, 0, 0, 0, 0], 1002],
    ["a close code that is none", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe7], 1002],
  ])("are of the protocol, or the socket ends: %s", async (_what, bytes, code) => {
    const listening = await openListening();
    const received = await sendFrames(listening, Buffer.from(bytes));
    expect(statusOf(received)).toBe(101);
    // The last frame: its opcode, its length, two bytes of code.
    const end = received.slice(received.lastIndexOf("\u0088"));
    expect(end.charCodeAt(2) * 256 + end.charCodeAt(3)).toBe(code);
    expect(await isServed(await openSocket(listening))).toBe(true);
  });
});

describe("pings and pongs", () => {
  it("are answered with what they held", async () => {
    const { socket } = await openSocket(await openListening());
    const answered = once(socket, "pong");
    socket.ping("marco");
    expect(String((await answered)[0])).toBe("marco");
  });

  it("by the thousand are answered to whoever reads the answers", async () => {
    const client = await openSocket(await openListening());
    let pongs = 0;
    client.socket.on("pong", () => void (pongs += 1));
    for (let count = 0; count < 1_000; count += 1) client.socket.ping();
    expect(await isServed(client)).toBe(true);
    expect(pongs).toBe(1_000);
  });

  it("end the socket of a client that pings on and reads nothing, and others are served", async () => {
    const listening = await openListening();
    const [flooding, other] = [await openSocket(listening), await openSocket(listening)];
    flooding.socket.pause();
    const isOpen = async (): Promise<boolean> => (await (await listening.ask("GET /metrics", { transport: "socket" })).text()).includes("omni_websockets_open 2");
    const sent = (): Promise<unknown> => new Promise((resolve) => flooding.socket.ping("x".repeat(125), true, resolve));
    while (await isOpen()) {
      for (let count = 0; count < 500; count += 1) flooding.socket.ping("x".repeat(125));
      await sent();
    }
    flooding.socket.resume();
    expect((await flooding.closed).code).toBe(1006);
    expect(await isServed(other)).toBe(true);
  });

  it("that nobody asked for change nothing", async () => {
    const client = await openSocket(await openListening());
    for (let count = 0; count < 5_000; count += 1) client.socket.pong();
    expect(await isServed(client)).toBe(true);
  });
});

describe("frames that are meant to hurt", () => {
  it.each([
    ["a hundred thousand arrays", `{"type":"ping","id":"x","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "error"],
    ["sixty-three arrays", `{"type":"ping","id":"x","a":${"[".repeat(63)}${"]".repeat(63)}}`, "pong"],
    ["arrays without an end", `{"type":"ping","id":"x","a":${"[".repeat(100_000)}`, "error"],
    ["fifty thousand keys", `{"type":"ping","id":"x",${Array.from({ length: 50_000 }, (_, index) => `"k${index}":0`).join(",")}}`, "pong"],
    ["a number of a hundred thousand digits", `{"type":"ping","id":"x","n":${"9".repeat(100_000)}}`, "pong"],
    ["two ids", '{"type":"ping","id":"y","id":"x"}', "pong"],
    ["a prototype", '{"type":"ping","id":"x","__proto__":{"type":"message"},"constructor":{"prototype":{"polluted":1}}}', "pong"],
  ])("are taken or refused like any other: %s", async (_what, frame, type) => {
    const client = await openSocket(await openListening({ gateway: { maxBodyBytes: 1_048_576 } }));
    client.say(frame);
    expect((await client.until((each) => each.type !== "hello")).type).toBe(type);
    expect(await isServed(client)).toBe(true);
    expect({}).not.toHaveProperty("polluted");
  });

  it.each([
    ["of 10 kB", "x".repeat(10_000)],
    ["that is empty", ""],
  ])("a token as a subprotocol %s is 401, or no handshake", async (_what, token) => {
    const { port } = await openListening();
    expect((await refusalOf(port, { protocols: [`omni.bearer.${token}`] })).status).toBe(401);
  });

  it("a token as a subprotocol with bytes above 127 is 401", async () => {
    const listening = await openListening();
    const connection = listening.raw();
    const bytes = ["GET /ws HTTP/1.1", `Host: 127.0.0.1:${listening.port}`, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: omni.v1, omni.bearer.\u00ff\u00fe", "", ""].join("\r\n");
    connection.socket.write(Buffer.from(bytes, "latin1"));
    expect(statusOf(await connection.ended)).toBe(401);
  });
});
