import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { onTestFinished } from "vitest";
import type { Listening } from "./open-listening.ts";

/** A frame as it came. */
export type Told = Readonly<Record<string, unknown>> & { readonly type: string };

/** A client of the frames. */
export interface OpenSocket {
  readonly socket: WebSocket;
  /** Every frame so far. */
  readonly frames: readonly Told[];
  say(frame: object | string): void;
  /** The first frame, also one that came before, that fits. */
  until(fits: (frame: Told) => boolean): Promise<Told>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Opens a WebSocket with the usual token, unless it says otherwise. */
export async function openSocket({ port, token: usual }: Listening, { token = usual, headers = {}, protocols = [] }: { readonly token?: string; readonly headers?: Readonly<Record<string, string>>; readonly protocols?: readonly string[] } = {}): Promise<OpenSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, [...protocols], { headers: { ...(token === "" ? {} : { authorization: `Bearer ${token}` }), ...headers }, perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  const frames: Told[] = [];
  const watchers = new Set<() => void>();
  socket.on("message", (data) => {
    frames.push(JSON.parse(data.toString()) as Told);
    for (const watcher of watchers) watcher();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })));
  await once(socket, "open");
  socket.on("error", () => undefined);
  return {
    socket,
    frames,
    closed,
    say: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    until(fits) {
      const { promise, resolve, reject } = Promise.withResolvers<Told>();
      const watcher = (): void => {
        const found = frames.find(fits);
        if (found !== undefined) resolve(found);
      };
      watchers.add(watcher);
      watcher();
      void closed.then((end) => reject(new Error(`it closed first: ${JSON.stringify([end, frames])}`)));
      return promise.finally(() => watchers.delete(watcher));
    },
  };
}

/** The status a handshake is refused with, and the body. */
export async function refusalOf(port: number, { path = "/ws", headers = {}, protocols = [] }: { readonly path?: string; readonly headers?: Readonly<Record<string, string>>; readonly protocols?: readonly string[] } = {}): Promise<{ readonly status: number; readonly body: string }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols], { headers });
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}
