import type { RawData, WebSocket } from "ws";
import type { IntakeShare } from "./intake-room.ts";

/** Most frames of one client that are under way at once, those that wait for others of their lane included, and with how many bytes of them it is read no further either. */
const mostUnderWay = 32;
const enoughBytes = 4_194_304;

/** What a client has sent and nobody has answered yet. */
export interface FrameIntake {
  take(data: RawData): void;
  /** Takes nothing more, forgets what has not begun, and reads on, so that the client's own close is heard. Idempotent. */
  close(): void;
}

/** Has frames served, a bounded number at once; the connection is not read any further meanwhile, and what had come by then waits. All of it is held in `share`. `serve` never rejects. */
export function createFrameIntake(socket: Pick<WebSocket, "isPaused" | "pause" | "resume">, share: IntakeShare, serve: (data: RawData) => Promise<void>): FrameIntake {
  const waiting: RawData[] = [];
  let underWay = 0;
  let held = 0;
  let isClosed = false;
  const hold = (bytes: number): void => {
    held += bytes;
    share.add(bytes);
  };
  const admit = (): void => {
    while (underWay < mostUnderWay) {
      const frame = waiting.shift();
      if (frame === undefined) break;
      underWay += 1;
      void serve(frame).then(() => {
        underWay -= 1;
        hold(-toSize(frame));
        admit();
      });
    }
    if ((underWay === mostUnderWay || held >= enoughBytes) && !isClosed) socket.pause();
    else if (socket.isPaused) socket.resume();
  };
  return {
    take(data) {
      if (isClosed) return;
      waiting.push(data);
      hold(toSize(data));
      admit();
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      admit();
    },
  };
}

function toSize(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
}
