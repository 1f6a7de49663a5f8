import type { NetConnectOpts, Socket } from "node:net";
import { connect } from "node:net";

/** A connection on which a test says exactly the bytes it wants. */
export interface RawConnection {
  readonly socket: Socket;
  send(text: string): void;
  /** All that came, once the other side has ended. */
  readonly ended: Promise<string>;
  /** All that came so far, once it holds this text. */
  until(text: string): Promise<string>;
}

export function openRaw(target: NetConnectOpts): RawConnection {
  const socket = connect(target);
  let received = "";
  const listeners = new Set<() => void>();
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    received += text;
    for (const listener of listeners) listener();
  });
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => socket.on("close", () => resolve(received)));
  return {
    socket,
    send: (text) => void socket.write(text),
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (received.includes(text)) resolve(received);
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`it ended before ${JSON.stringify(text)}: ${received}`)));
        look();
      }),
  };
}

/** The status of the first response in some raw bytes. */
export function statusOf(raw: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(raw)?.[1] ?? 0);
}
