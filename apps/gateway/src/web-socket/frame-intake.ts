import type { RawData, WebSocket } from "ws";

/** Most frames of one client that are under way at once, those that wait for others of their lane included. */
const mostUnderWay = 32;

/** What a client has sent and nobody has answered yet. */
export interface FrameIntake {
  take(data: RawData): void;
  /** Takes nothing more, forgets what has not begun, and reads on, so that the client's own close is heard. Idempotent. */
  close(): void;
}

/** Has frames served, a bounded number at once; the connection is not read any further meanwhile, and what had come by then waits. `serve` never rejects. */
export function createFrameIntake(socket: Pick<WebSocket, "isPaused" | "pause" | "resume">, serve: (data: RawData) => Promise<void>): FrameIntake {
  const waiting: RawData[] = [];
  let underWay = 0;
  let isClosed = false;
  const admit = (): void => {
    while (underWay < mostUnderWay) {
      const next = waiting.shift();
      if (next === undefined) break;
      underWay += 1;
      void serve(next).then(() => {
        underWay -= 1;
        admit();
      });
    }
    if (underWay === mostUnderWay && !isClosed) socket.pause();
    else if (socket.isPaused) socket.resume();
  };
  return {
    take(data) {
      if (isClosed) return;
      waiting.push(data);
      admit();
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      admit();
    },
  };
}
