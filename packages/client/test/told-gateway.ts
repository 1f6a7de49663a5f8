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
}

/** Opens one; its `hello` comes by itself. */
export async function openToldGateway(): Promise<ToldGateway> {
  let socket: Duplex | undefined;
  const say = (...frames: readonly object[]): void => {
    for (const frame of frames) socket?.write(toTextFrame(JSON.stringify(frame)));
  };
  const server = createServer().listen(0, "127.0.0.1");
  server.on("upgrade", (request, opened) => {
    socket = opened.on("error", () => undefined).resume();
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
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, say, end };
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
