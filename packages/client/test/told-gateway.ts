import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

/** A gateway of which one WebSocket says what the test says, whatever it hears. */
export interface ToldGateway {
  readonly url: string;
  /** Sends frames. */
  say(...frames: readonly object[]): void;
  /** Closes the WebSocket, and the connection with it. */
  end(code: number, reason?: string): void;
  /** What the client has sent so far, without its messages. */
  heard(): readonly object[];
}

/** Opens one; its `hello` comes by itself. */
export async function openToldGateway(): Promise<ToldGateway> {
  let socket: Duplex | undefined;
  let heard = Buffer.alloc(0);
  const say = (...frames: readonly object[]): void => {
    for (const frame of frames) socket?.write(toTextFrame(JSON.stringify(frame)));
  };
  const server = createServer().listen(0, "127.0.0.1");
  server.on("upgrade", (request, opened) => {
    socket = opened.on("error", () => undefined).on("data", (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])));
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    opened.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: omni.v1\r\n\r\n`);
    say({ type: "hello", protocol: 1, principal: "token:test", scopes: ["read", "chat"] });
  });
  onTestFinished(() => {
    socket?.destroy();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  const end = (code: number, reason = ""): void => void socket?.end(toCloseFrame(code, reason));
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, say, end, heard: () => readTexts(heard).filter((text) => !text.includes('"message"')).map((text): object => JSON.parse(text)) };
}

/** The short texts that a client sent: masked, each in one frame. */
function readTexts(bytes: Buffer): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at + 6 <= bytes.length; ) {
    const length = (bytes[at + 1] ?? 0) & 0x7f;
    const mask = bytes.subarray(at + 2, at + 6);
    const payload = bytes.subarray(at + 6, at + 6 + length);
    if (bytes[at] === 0x81) texts.push(Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString());
    at += 6 + length;
  }
  return texts;
}

function toCloseFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  return Buffer.concat([Buffer.from([0x88, 2 + text.length, code >> 8, code & 0xff]), text]);
}

/** A whole message as a server sends it: unmasked, in one frame. */
function toTextFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
  const head = Buffer.alloc(10);
  head.set([0x81, 127]);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
